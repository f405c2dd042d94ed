"""Detect the encoding of a text file: what is read must be what was written, so a doubtful file is refused."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from data.formats.errors import FormatError, Sentence
from data.text.clean import simplify

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# No text holds NUL. Other control characters occur in real texts, but nearly any bytes decode as GB18030, so they count there.
_NUL = re.compile("\x00")
_SWAPPED = frozenset(chr(ord(character) << 8) for character in '\t\n\r ",;')
"""What separates cells and lines, read in UTF-16 with the bytes exchanged."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
_BLOCK = 2**18
_SAMPLE = 2**16
# A UTF-8 file with one broken byte also decodes as GB18030, but wrongly; GBK read as UTF-8 is nearly all broken.
_STILL_UTF8 = 0.7
_ADVICE = "Save it as UTF-8 text (CSV UTF-8 in a spreadsheet program) and try again."
_ADVICE_ZH = "请另存为 UTF-8 文本（电子表格程序里选「CSV UTF-8」）后再试。"

# About the 500 characters that Chinese texts and customers' questions use most; they make up most of a text, and a tenth of one
# that is read in a wrong encoding.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没"
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没"
    "动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手"
    "动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手"
    "应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条"
    "应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条"
    "平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
    "平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
    "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔户客服退换货订单付款"
    "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔户客服退换货订单付款"
    "支持费价钱元时间送发票申请预约挂号联系电话地址账密码登录注册会员积分优惠券店铺商品质保修售包裹快递物流签收运小时内查询页按可以怎吗呢哪谁您请"
    "支持费价钱元时间送发票申请预约挂号联系电话地址账密码登录注册会员积分优惠券店铺商品质保修售包裹快递物流签收运小时内查询页按可以怎吗呢哪谁您请"
    "谢再多久营假周末早晚餐房间停车位免费押金取消改办卡证身份医生护士检查药诊所孩岁洗衣鞋码颜色尺寸库存图馆借还网站校课程班老幼儿园办公室案答整机"
    "谢再多久营假周末早晚餐房间停车位免费押金取消改办卡证身份医生护士检查药诊所孩岁洗衣鞋码颜色尺寸库存图馆借还网站校课程班老幼儿园办公室案答整机"
    "选择操步骤点击输确认提供支微信银行箱邮寄快件号码语言功能版本更新安装设置使用说明"
)
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_MULTIBYTE = ("gb18030", "cp950", "big5hkscs")
_SURE = 0.36
_AHEAD = 0.2

# The characters that Windows-1250, -1252, -1254 and -1257 have in common at the same places, or that only punctuation uses.
_WESTERN_SAFE = frozenset("äöüßÄÖÜéÉáÁíÍóÓúÚâîôëçÇ€“”‘’„‚–—…«»§°®©™·•±¤¶†‡‰‹›\xa0£¥¢¡¿²³¹ªº½¼¾´¸µ×÷")
_WESTERN_LANGUAGES = (
    (
        "éèêëàâäîïôöùûüÿçœæ",
        "le la les des du une est vous nous votre pour dans avec pas que qui comment où quel quelle je mon",
    ),
    ("áéíóúñü¿¡ºª", "el la los las de que una es su para con por cómo dónde qué cuál cuánto puedo mi en se"),
    ("ãõáâàéêíóôúçü", "o os as do da dos das um uma é para com não como que onde qual meu você seu posso em"),
    ("àèéìíîòóùú", "il lo gli di che un una è per con non come dove quale posso mio della dei sono quanto quando"),
    ("æøåéóòâ", "og er det en et den til av af på som ikke med for hvordan hvor hva hvad kan jeg min"),
    ("åäöé", "och är det en ett den till av på som inte med för hur var vad kan jag min på ja on ei mitä miten"),
    ("äöüß", "der die das und ist nicht für mit wie wo was wann kann ich mein sie ein eine den dem zu"),
    ("éëïóöüèêçà", "de het een en is niet voor met hoe waar wat wanneer kan ik mijn u uw van op te"),
    ("áðéíóúýþæö", "og er það að ekki með fyrir hvernig hvar hvað ég í á"),
)


def detect_encoding(path: Path) -> str:
    """Return the Python name of the encoding of a text file.

    UTF-8 and UTF-16 with or without BOM, UTF-32 with BOM, GB18030 (a superset of GBK), Big5 and Windows-1252, the last three only
    where the text they give is surely one. The whole file is decoded, a block at a time.

    Raises:
        FormatError: The file is not text, or its encoding is not certain.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            if not _decodes(path, encoding):
                raise FormatError(
                    Sentence(
                        f"{path.name} begins as {encoding} text but is damaged further on. {_ADVICE}",
                        f"{path.name} 开头是 {encoding} 文本，后面却已损坏。{_ADVICE_ZH}",
                    )
                )
            return encoding
    if b"\x00" in head:
        if (found := _find_utf16(head)) and _decodes(path, found):
            return found
        raise _refuse_binary(path, 0)
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _share_of_utf8(path) > _STILL_UTF8:
        line = _find_broken_line(path)
        raise FormatError(
            Sentence(
                f"{path.name}:{line}: the file is UTF-8 text with invalid bytes in it, the first on line {line}. {_ADVICE}",
                f"{path.name}:{line}：文件是 UTF-8 文本，但含有无效字节，第一处在第 {line} 行。{_ADVICE_ZH}",
            )
        )
    sample = _read_sample(path)
    if (found := _find_western(sample)) is not None or (found := _find_chinese(path, sample)) is not None:
        return found
    line = _find_broken_line(path)
    raise FormatError(
        Sentence(
            f"{path.name} is not text in UTF-8, UTF-16 or GB18030, nor surely in Big5 or Windows-1252; the "
            "first doubtful character "
            f"is on line {line}. {_ADVICE}",
            f"{path.name} 不是 UTF-8、UTF-16 或 GB18030 文本，也不能确定是 Big5 或 Windows-1252；"
            f"第一个可疑字符在第 {line} 行。{_ADVICE_ZH}",
        )
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    binary = _NUL if encoding.startswith("utf") else _CONTROL
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                if found := binary.search(decoder.decode(block)):
                    raise _refuse_binary(path, ord(found.group()))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _refuse_binary(path: Path, code: int) -> FormatError:
    return FormatError(
        Sentence(
            f"{path.name} is a binary file (it holds the byte {code:#04x}); expected CSV, TSV, XLSX, JSONL, "
            "text with Q: and A:, or "
            f"ParlAI text. {_ADVICE}",
            f"{path.name} 是二进制文件（含有字节 {code:#04x}）；应为 CSV、TSV、XLSX、JSONL、带“问：答："
            f"”的文本或 ParlAI 文本。{_ADVICE_ZH}",
        )
    )


def _find_utf16(head: bytes) -> str | None:
    """Return utf-16-le or utf-16-be if the bytes are plainly text in it."""
    head = head[: len(head) // 2 * 2]
    found = []
    for encoding in ("utf-16-le", "utf-16-be"):
        text = head.decode(encoding, "replace")
        plain = sum(character.isascii() and (character.isprintable() or character in "\r\n\t") for character in text)
        wide = sum("\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" for character in text)
        wrong = sum(character in _SWAPPED for character in text)
        if plain and plain + wide > 0.95 * len(text) and not wrong:
            found.append(encoding)
    return found[0] if len(found) == 1 else None


def _share_of_utf8(path: Path) -> float:
    """Return the share of valid characters among those beyond ASCII, decoded as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    whole = broken = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            lost = text.count("\ufffd")
            broken += lost
            whole += sum(character > "\x7f" for character in text) - lost
    return whole / (whole + broken) if whole + broken else 0.0


def _find_broken_line(path: Path) -> int:
    """Return the number of the first line that is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _read_sample(path: Path) -> bytes:
    """Return the lines with bytes beyond ASCII, up to _SAMPLE bytes."""
    lines, length = [], 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                lines.append(line[:_SAMPLE])
                length += len(line)
                if length > _SAMPLE:
                    break
    return b"".join(lines)


def _find_western(sample: bytes) -> str | None:
    """Return cp1252 if the bytes are surely a Western language in it; None otherwise."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    # In Western words such letters mostly stand alone among ASCII letters; Chinese characters come as runs.
    longer = [run.decode("cp1252", "replace") for run in runs if len(run) > 1]
    if len(longer) > 0.5 * len(runs) or any(len(run) > 3 or not _WESTERN_SAFE.issuperset(run) for run in longer):
        return None
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    special = {character for character in text if character > "\x7f"} - _WESTERN_SAFE
    words = set(re.findall(r"[^\W\d_]+", text.lower()))
    letters = {character.lower() for character in special}
    if not special:
        return "cp1252"
    known = (letters <= set(alphabet) and words & set(stop.split()) for alphabet, stop in _WESTERN_LANGUAGES)
    return "cp1252" if any(known) else None


def _find_chinese(path: Path, sample: bytes) -> str | None:
    """Return the encoding in which the bytes are surely Chinese: one reading has common characters, the others have not."""
    scores = {}
    for encoding in _MULTIBYTE:
        if not _decodes_quietly(path, encoding):
            continue
        scores[encoding] = _score_chinese(sample.decode(encoding, "ignore"))
    if not scores:
        return None
    best = max(scores, key=lambda encoding: scores[encoding])
    others = [score for encoding, score in scores.items() if (encoding == "gb18030") != (best == "gb18030")]
    return best if scores[best] >= _SURE and all(scores[best] - other >= _AHEAD for other in others) else None


def _decodes_quietly(path: Path, encoding: str) -> bool:
    try:
        return _decodes(path, encoding)
    except FormatError:
        return False


def _score_chinese(text: str) -> float:
    """Return the share of the most common characters among the Chinese ones, smoothed for short texts."""
    characters = _HAN.findall(simplify("".join(_HAN.findall(text[:20000]))))
    odd = sum("\ue000" <= character <= "\uf8ff" or "\xa0" <= character <= "\u02ff" for character in text[:20000])
    return sum(character in _COMMON for character in characters) / (len(characters) + odd) if characters else 0.0
