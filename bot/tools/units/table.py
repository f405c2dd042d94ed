"""The units, with exact factors, names in both languages, and spellings."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Unit:
    """A unit of measurement.

    A quantity in this unit, times `factor`, plus `offset`, is the quantity in the first unit of its dimension. `names` are its
    spellings, in lower case and half width.
    """

    dimension: str
    zh: str
    en: str
    factor: Fraction
    names: tuple[str, ...]
    offset: Fraction = Fraction(0)


# One unit per line: Chinese name | English symbol or name | factor | more spellings.
# Factors are exact by definition: the international yard and pound agreement of 1959, US customary volumes, GB and SI rules.
_TABLE = {
    "length": """
        米|m|1|metre metres meter meters 公尺
        公里|km|1000|千米 kilometre kilometres kilometer kilometers kms
        分米|dm|1/10|decimetre decimetres decimeter decimeters
        厘米|cm|1/100|公分 centimetre centimetres centimeter centimeters cms
        毫米|mm|1/1000|millimetre millimetres millimeter millimeters
        微米|µm|1/1000000|um μm micrometre micrometres micrometer micrometers micron microns
        纳米|nm|1/1000000000|nanometre nanometres nanometer nanometers
        英里|mi|1609344/1000|哩 mile miles
        码|yd|9144/10000|yard yards
        英尺|ft|3048/10000|呎 foot feet
        英寸|in|254/10000|吋 inch inches
        海里|nmi|1852|浬 nautical_mile nautical_miles
        里|li|500|华里 市里
        丈|zhang|10/3|市丈
        尺|chi|1/3|市尺
        寸|cun|1/30|市寸
    """,
    "mass": """
        公斤|kg|1|千克 kilogram kilograms kilo kilos kgs
        克|g|1/1000|gram grams gramme grammes
        毫克|mg|1/1000000|milligram milligrams
        吨|t|1000|公吨 tonne tonnes metric_ton metric_tons
        斤|jin|1/2|市斤 catty catties
        两|liang|1/20|市两
        磅|lb|45359237/100000000|lbs pound pounds
        盎司|oz|28349523125/1000000000000|ounce ounces
        英石|st|635029318/100000000|stone stones
    """,
    "area": """
        平方米|m²|1|平米 平方公尺 m^2 sqm sq_m square_metre square_metres square_meter square_meters
        平方公里|km²|1000000|平方千米 km^2 sq_km square_kilometre square_kilometres square_kilometer square_kilometers
        平方厘米|cm²|1/10000|cm^2 sq_cm square_centimetre square_centimetres square_centimeter square_centimeters
        公顷|ha|10000|hectare hectares
        亩|mu|2000/3|市亩
        英亩|acre|40468564224/10000000|acres
        平方英尺|sq ft|9290304/100000000|平方呎 ft^2 sqft square_foot square_feet
        平方英寸|sq in|64516/100000000|sq_in square_inch square_inches
        平方英里|sq mi|2589988110336/1000000|sq_mile sq_miles square_mile square_miles
    """,
    "volume": """
        升|L|1|公升 litre litres liter liters
        毫升|mL|1/1000|millilitre millilitres milliliter milliliters
        立方米|m³|1000|m^3 cubic_metre cubic_metres cubic_meter cubic_meters
        立方厘米|cm³|1/1000|cm^3 cc cubic_centimetre cubic_centimetres cubic_centimeter cubic_centimeters
        美制加仑|US gal|3785411784/1000000000|加仑 gal gallon gallons us_gallon us_gallons
        英制加仑|imperial gal|454609/100000|imperial_gallon imperial_gallons uk_gallon uk_gallons
        美制品脱|US pt|473176473/1000000000|品脱 pint pints us_pint us_pints
        美制杯|US cup|2365882365/10000000000|cup cups us_cups
        美制液盎司|US fl oz|295735295625/10000000000000|液盎司 fl_oz fluid_ounce fluid_ounces
        美制汤匙|US tbsp|1478676478125/100000000000000|汤匙 tbsp tablespoon tablespoons
        美制茶匙|US tsp|492892159375/100000000000000|茶匙 tsp teaspoon teaspoons
    """,
    "speed": """
        米/秒|m/s|1|米每秒 mps metres_per_second meters_per_second
        公里/小时|km/h|1000/3600|公里每小时 千米每小时 公里/时 千米/小时 千米/时 kph kmh kilometres_per_hour kilometers_per_hour
        英里/小时|mph|1609344/3600000|英里每小时 英里/时 mi/h miles_per_hour
        节|kn|1852/3600|knot knots kt kts
    """,
    "time": """
        秒|s|1|秒钟 second seconds sec secs
        分钟|min|60|minute minutes mins 分鐘
        小时|h|3600|钟头 hour hours hr hrs
        天|d|86400|day days
        周|wk|604800|星期 礼拜 week weeks
        毫秒|ms|1/1000|millisecond milliseconds
    """,
    "data": """
        字节|byte|1|bytes
        比特|bit|1/8|bits
        KB|kB|1000|千字节 kilobyte kilobytes
        MB|MB|1000000|兆字节 megabyte megabytes
        GB|GB|1000000000|吉字节 gigabyte gigabytes
        TB|TB|1000000000000|太字节 terabyte terabytes
        PB|PB|1000000000000000|petabyte petabytes
        KiB|KiB|1024|kibibyte kibibytes
        MiB|MiB|1048576|mebibyte mebibytes
        GiB|GiB|1073741824|gibibyte gibibytes
        TiB|TiB|1099511627776|tebibyte tebibytes
    """,
}

TEMPERATURES = (
    Unit(
        "temperature",
        "°C",
        "°C",
        Fraction(1),
        (
            "°c",
            "c",
            "℃",
            "摄氏度",
            "摄氏",
            "度",
            "celsius",
            "degrees celsius",
            "degree celsius",
            "degrees c",
            "centigrade",
        ),
    ),
    Unit(
        "temperature",
        "°F",
        "°F",
        Fraction(5, 9),
        ("°f", "f", "℉", "华氏度", "华氏", "fahrenheit", "degrees fahrenheit", "degree fahrenheit", "degrees f"),
        Fraction(-160, 9),
    ),
    Unit(
        "temperature",
        "K",
        "K",
        Fraction(1),
        ("k", "开尔文", "kelvin", "kelvins"),
        Fraction(-27315, 100),
    ),
)


def _read_table() -> tuple[Unit, ...]:
    units = []
    for dimension, lines in _TABLE.items():
        for line in lines.split("\n"):
            if not line.strip():
                continue
            zh, en, factor, names = (part.strip() for part in line.split("|"))
            written = {zh.casefold(), en.casefold(), *(name.replace("_", " ") for name in names.split())}
            units.append(Unit(dimension, zh, en, Fraction(factor), tuple(sorted(written))))
    return (*units, *TEMPERATURES)


UNITS = _read_table()
BY_NAME = {name: unit for unit in UNITS for name in unit.names}


def convert(amount: Fraction, source: Unit, target: Unit) -> Fraction:
    """Convert an amount between two units of one dimension, exactly."""
    return (amount * source.factor + source.offset - target.offset) / target.factor
