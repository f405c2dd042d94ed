"""The places whose local time is known, with their IANA time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Zone | Chinese names | English names. The first name of each language is shown.
_TABLE = """
Asia/Shanghai|北京 上海 中国 广州 深圳 重庆 成都|Beijing,Shanghai,China,Shenzhen,Guangzhou
Asia/Hong_Kong|香港|Hong Kong
Asia/Macau|澳门|Macau,Macao
Asia/Taipei|台北 台湾|Taipei,Taiwan
Asia/Tokyo|东京 日本 大阪|Tokyo,Japan,Osaka
Asia/Seoul|首尔 韩国|Seoul,South Korea,Korea
Asia/Singapore|新加坡|Singapore
Asia/Kuala_Lumpur|吉隆坡 马来西亚|Kuala Lumpur,Malaysia
Asia/Bangkok|曼谷 泰国|Bangkok,Thailand
Asia/Ho_Chi_Minh|胡志明市 越南 河内|Ho Chi Minh City,Vietnam,Hanoi
Asia/Manila|马尼拉 菲律宾|Manila,the Philippines
Asia/Jakarta|雅加达|Jakarta
Asia/Kolkata|新德里 印度 孟买|New Delhi,India,Mumbai,Delhi,Bangalore
Asia/Karachi|卡拉奇 巴基斯坦|Karachi,Pakistan
Asia/Dubai|迪拜|Dubai
Asia/Riyadh|利雅得|Riyadh
Asia/Jerusalem|耶路撒冷 以色列|Jerusalem,Israel,Tel Aviv
Europe/Istanbul|伊斯坦布尔 土耳其|Istanbul,Turkey
Europe/Moscow|莫斯科|Moscow
Europe/Kyiv|基辅 乌克兰|Kyiv,Ukraine
Europe/Athens|雅典 希腊|Athens,Greece
Europe/Helsinki|赫尔辛基 芬兰|Helsinki,Finland
Europe/Stockholm|斯德哥尔摩 瑞典|Stockholm,Sweden
Europe/Oslo|奥斯陆 挪威|Oslo,Norway
Europe/Copenhagen|哥本哈根 丹麦|Copenhagen,Denmark
Europe/Berlin|柏林 德国 慕尼黑 法兰克福|Berlin,Germany,Munich,Frankfurt
Europe/Vienna|维也纳 奥地利|Vienna,Austria
Europe/Zurich|苏黎世 瑞士 日内瓦|Zurich,Switzerland,Geneva
Europe/Rome|罗马 意大利 米兰|Rome,Italy,Milan
Europe/Paris|巴黎 法国|Paris,France
Europe/Brussels|布鲁塞尔 比利时|Brussels,Belgium
Europe/Amsterdam|阿姆斯特丹 荷兰|Amsterdam,the Netherlands
Europe/Madrid|马德里 西班牙 巴塞罗那|Madrid,Spain,Barcelona
Europe/Lisbon|里斯本 葡萄牙|Lisbon,Portugal
Europe/Dublin|都柏林 爱尔兰|Dublin,Ireland
Europe/London|伦敦 英国|London,England,the UK,Britain
Africa/Cairo|开罗 埃及|Cairo,Egypt
Africa/Lagos|拉各斯 尼日利亚|Lagos,Nigeria
Africa/Nairobi|内罗毕 肯尼亚|Nairobi,Kenya
Africa/Johannesburg|约翰内斯堡 南非|Johannesburg,South Africa,Cape Town
America/Sao_Paulo|圣保罗|São Paulo,Sao Paulo
America/Argentina/Buenos_Aires|布宜诺斯艾利斯 阿根廷|Buenos Aires,Argentina
America/New_York|纽约 华盛顿 波士顿|New York,Washington,Boston,New York City,NYC
America/Toronto|多伦多|Toronto
America/Chicago|芝加哥|Chicago
America/Denver|丹佛|Denver
America/Los_Angeles|洛杉矶 旧金山 西雅图|Los Angeles,San Francisco,Seattle,LA,California
America/Vancouver|温哥华|Vancouver
America/Mexico_City|墨西哥城|Mexico City
Pacific/Honolulu|檀香山 夏威夷|Honolulu,Hawaii
Australia/Sydney|悉尼|Sydney
Australia/Melbourne|墨尔本|Melbourne
Australia/Brisbane|布里斯班|Brisbane
Australia/Perth|珀斯|Perth
Pacific/Auckland|奥克兰 新西兰|Auckland,New Zealand
UTC|UTC 世界标准时间 格林尼治|UTC,GMT
"""


def _read_places() -> dict[str, tuple[str, str, str]]:
    places: dict[str, tuple[str, str, str]] = {}
    for line in _TABLE.strip().splitlines():
        zone, zh, en = line.split("|")
        chinese, english = zh.split(), en.split(",")
        places |= {name.casefold(): (zone, name, english[0]) for name in chinese}
        places |= {name.casefold(): (zone, chinese[0], name) for name in english}
    return places


PLACES = _read_places()
"""The zone and the names in Chinese and English of each place, by its name in lower case."""


def load_zone(name: str) -> ZoneInfo | None:
    """Load a time zone; None if neither the machine nor the package tzdata has it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
