"""Concepts that may be in a photograph although no caption names them.

They are never denied, nor are concepts that cannot be told apart. Captions name what is worth telling: a street has its cars, a
soccer player a ball. A question whose answer is "no" must avoid these. Each line is written by hand; see `implied_concepts`.
"""

from __future__ import annotations

from functools import cache

from vqa.answer.lexicon import ancestors, concept_keys, is_related

_IMPLIED = """
street: car truck bus vehicle bicycle motorcycle building person bench sign fence wall tree
sidewalk: car truck bus vehicle bicycle building person bench sign wall tree
building: car street person sidewalk room
store: person building street food bag
restaurant: person table chair food cup drink bottle
park: bench person tree ball swing slide dog bicycle grass
playground: swing slide ball person child rope
garden: tree flower person dog chair
stadium: ball person grass
court: ball person
field: ball person grass
beach: sea water sand boat surfboard ball umbrella person
sea: water beach boat surfboard surf swim sand person
water: boat sea river lake pool beach person surf swim splash
river: boat water rock person lake
lake: boat water person river sea
pool: water person swim ball
snow: mountain snowboard sled ice person
mountain: snow rock tree forest grass river lake bicycle person
forest: tree grass mountain log stick person
rock: mountain person
ski: snow snowboard mountain person
snowboard_ride: snow snowboard mountain person
snowboard: snow mountain person ski snowboard_ride jump
surf: surfboard water sea person
skate_board: skateboard street person
skate: person skateboard ice
sled_ride: sled snow person
cycle: bicycle person street
motor_ride: motorcycle person dirt
horse_ride: horse person
boat_ride: boat water person river lake sea
race: car motorcycle bicycle vehicle boat horse person track run
drive: car truck vehicle person street
vehicle: car truck bus motorcycle bicycle street
car: street person race
bicycle: person street cycle
motorcycle: person street motor_ride
boat: water sea river lake person
train: person
surfboard: surf sea water person
skateboard: skate_board person
swing_ride: swing person playground
slide_ride: slide person playground
music: guitar instrument drum person
sing: guitar microphone person
perform: guitar instrument ball person
instrument: music guitar drum person
guitar: music person
photograph: camera phone person
camera: photograph person
play_ball: ball racket bat person
play: ball toy frisbee swing slide guitar instrument
catch: ball frisbee stick toy
throw: ball frisbee stick toy
kick: ball
run: ball
jump: ball frisbee trampoline
bite: ball toy stick frisbee
chase: ball frisbee
something: ball toy stick frisbee bag camera phone food cup bottle book umbrella flag guitar boat car bicycle skateboard surfboard
toy: ball frisbee stick
frisbee: ball
board: surfboard skateboard snowboard
chair: bench
person: baby
hat: umbrella
uniform: ball
track: car motorcycle bicycle
parade: car flag horse
swim: water pool
dive: water pool
splash: water
"""

_COMPATIBLE_ACTIONS = """
run: walk jump chase catch race play play_ball play_soccer play_football play_rugby play_basketball play_baseball play_tennis throw kick bite splash fly climb play_hockey parade play_volleyball laugh
walk: run talk phone_call shop_buy climb parade talk smoke eat drink_up photograph perform watch laugh stand wait work play splash chase sing
jump: run dive skate_board ski snowboard_ride skate cycle motor_ride catch play play_ball play_basketball play_soccer play_football play_volleyball dance play_tennis splash fly climb swim perform play_baseball surf sled_ride throw kick swing_ride laugh race chase horse_ride boat_ride walk play_hockey bite slide_ride
dive: swim jump splash fly play catch
swim: splash dive play boat_ride surf catch bite run walk chase jump
splash: swim play run walk jump surf shake dive chase boat_ride bite laugh fight catch
fly: jump run dive swing_ride ski snowboard_ride surf skate_board cycle motor_ride catch
sit: eat drink_up read talk phone_call smoke music sing swing_ride slide_ride rest wait laugh watch horse_ride cycle motor_ride boat_ride play drive sleep paint photograph fish_catch pose work kiss hug cook sled_ride perform shop_buy
eat: drink_up talk cook rest sit bite laugh
play: fight chase bite swing_ride slide_ride run jump splash swim dig dance laugh throw kick catch play_ball play_soccer play_football play_tennis play_basketball play_baseball play_volleyball play_hockey play_golf play_rugby skate_board skate ski snowboard_ride surf music perform paint climb sled_ride boat_ride cycle motor_ride dive hug shake pose
fight: bite chase play run jump perform play_football play_rugby hug splash dance
perform: dance sing music skate_board cycle motor_ride parade jump pose race fight play surf ski snowboard_ride skate
dance: sing music jump perform pose laugh parade hug kiss
sing: music perform dance talk laugh parade
music: sing perform sit parade dance
talk: eat drink_up smoke walk laugh phone_call hug kiss shop_buy work wait read watch pose sing
drink_up: eat talk smoke rest laugh pose
hug: kiss laugh pose dance talk play
kiss: hug laugh pose dance
photograph: walk pose watch climb phone_call laugh
phone_call: walk talk smoke watch
climb: walk run jump play photograph slide_ride
ski: snowboard_ride jump race slide_ride sled_ride skate walk fly
snowboard_ride: ski jump slide_ride skate_board skate
skate: skate_board race perform play_hockey snowboard_ride ski dance
skate_board: skate jump slide_ride cycle surf snowboard_ride
surf: swim jump boat_ride skate_board ski
slide_ride: ski swing_ride play_baseball snowboard_ride skate_board sled_ride climb jump
cycle: race jump motor_ride skate_board perform
motor_ride: race jump drive cycle perform
horse_ride: race jump perform parade run
race: run cycle motor_ride horse_ride drive ski walk skate boat_ride swim jump
drive: race motor_ride sit boat_ride
boat_ride: fish_catch race swim surf splash drive
catch: throw play_ball play_football play_baseball play_soccer play_basketball play_tennis play_volleyball run jump bite play_hockey swim
throw: catch play_ball play_football play_baseball play_basketball run jump play_tennis play_volleyball play fish_catch
kick: play_ball play_soccer play_football play_rugby run jump fight dance
work: cook shop_buy paint dig watch talk
shop_buy: walk talk watch eat
dig: play bite work run
sleep: rest lie sit
smoke: talk walk drink_up phone_call
bite: play fight run chase catch dig eat jump
chase: run catch fight play bite jump
shake: splash run play swim
read: rest talk wait sit eat watch
paint: play work watch sit
cook: eat work talk
parade: walk perform dance music
"""

_CLOSE_COLOURS = """
white: grey beige yellow black_white pink
grey: white black blue beige brown black_white
beige: white yellow brown grey orange pink
brown: yellow orange beige red black grey
red: orange pink purple brown
orange: red yellow brown pink
yellow: orange beige brown white green
green: blue yellow grey
blue: purple green grey black
purple: pink blue red
pink: red purple white orange
black: black_white brown grey blue
black_white: black white grey
"""

_COMPATIBLE_PLACES = """
beach: sea water sand rock mountain river lake
sea: beach water sand rock river lake pool
water: pool river lake sea beach dirt rock street mountain forest snow
pool: water garden
river: water rock forest mountain lake beach sea grass
lake: water river forest mountain beach sea grass park
snow: mountain ice forest field street park garden track rock
ice: snow water stadium court track
grass: field park garden playground forest dirt mountain track stadium court lake river sand rock sidewalk street
field: grass park dirt stadium court track garden mountain playground sand forest
street: sidewalk park track dirt store restaurant mountain stage water forest grass garden snow playground court
sidewalk: street park store restaurant grass
dirt: track mountain forest field park sand garden street grass river playground desert rock water
sand: beach desert dirt playground park sea field court track
desert: sand dirt mountain
mountain: rock snow forest grass dirt river lake field desert street park beach
forest: park mountain dirt river grass garden water snow street lake field
park: grass forest playground street lake garden sidewalk field dirt track pool court sand
playground: park grass field sand dirt garden court street
track: dirt stadium street field grass sand park mountain snow
stadium: field track court ice grass
court: stadium field playground street room park
garden: grass park pool dirt forest field playground
room: restaurant store stage court stadium pool
restaurant: room store street
store: street room restaurant sidewalk
stage: room street park stadium
bridge: water river lake sea street park forest mountain pool sidewalk beach garden
"""


def _parse_pairs(table: str) -> frozenset[tuple[str, str]]:
    found = set()
    for line in table.strip().splitlines():
        one, others = line.split(": ")
        found |= {(one, other) for other in others.split()}
    return frozenset(found)


@cache
def _symmetric_pairs(table: str) -> frozenset[tuple[str, str]]:
    pairs = _parse_pairs(table)
    return pairs | {(other, one) for one, other in pairs}


@cache
def implied_concepts(named: str) -> frozenset[str]:
    """Return the keys of concepts that may be present where a concept is named.

    They are the concept itself, those related to it, and those it makes likely.
    """
    direct = {other for one, other in _parse_pairs(_IMPLIED) if one == named or one in ancestors(named)}
    return frozenset(
        key
        for key in concept_keys()
        if is_related(key, named) or any(is_related(key, one) for one in direct - {"person"})
    ) | ({"person"} & direct)


def are_incompatible_actions(one: str, other: str) -> bool:
    """Return whether nobody does both at once, so that one rules out the other."""
    return not is_related(one, other) and (one, other) not in _symmetric_pairs(_COMPATIBLE_ACTIONS)


def are_distinct_colours(one: str, other: str) -> bool:
    """Return whether the two colours are never mistaken for each other."""
    return one != other and (one, other) not in _symmetric_pairs(_CLOSE_COLOURS)


def are_incompatible_places(one: str, other: str) -> bool:
    """Return whether a photograph taken at one place is never taken at the other too."""
    return not is_related(one, other) and (one, other) not in _symmetric_pairs(_COMPATIBLE_PLACES)
