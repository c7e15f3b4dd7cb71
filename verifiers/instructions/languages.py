"""Which language is a text written in? By script first, then by function words: small, exact, repeatable.

`speaks(text, "fr")` answers whether the text may count as French. For a language with a script of its
own the script decides; where languages share one, the language's function words must be found at least
as often as any other's. No statistics are trained and nothing is drawn at random, so a verdict never
changes between runs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator

from rlvr.verifiers._words import fold

#: Inclusive code point ranges; a language's text has most of its letters in its script.
SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF)),
    "cyrillic": ((0x400, 0x52F),),
    "greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "arabic": ((0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    "hebrew": ((0x590, 0x5FF),),
    "devanagari": ((0x900, 0x97F),),
    "bengali": ((0x980, 0x9FF),),
    "gurmukhi": ((0xA00, 0xA7F),),
    "gujarati": ((0xA80, 0xAFF),),
    "tamil": ((0xB80, 0xBFF),),
    "telugu": ((0xC00, 0xC7F),),
    "kannada": ((0xC80, 0xCFF),),
    "malayalam": ((0xD00, 0xD7F),),
    "thai": ((0xE00, 0xE7F),),
    "hangul": ((0x1100, 0x11FF), (0xAC00, 0xD7A3)),
    "kana": ((0x3040, 0x30FF),),
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)),
    "armenian": ((0x530, 0x58F),),
    "georgian": ((0x10A0, 0x10FF),),
}

#: Languages that share a script, then those with one of their own.
_SHARED = {
    "latin": "en es pt fr de it nl pl vi sw fi sv da no tr id ro cs hu tl",
    "cyrillic": "ru uk bg",
    "arabic": "ar fa ur",
    "devanagari": "hi mr ne",
}
LANGUAGES: dict[str, str] = {
    **{code: script for script, codes in _SHARED.items() for code in codes.split()},
    "el": "greek",
    "he": "hebrew",
    "bn": "bengali",
    "pa": "gurmukhi",
    "gu": "gujarati",
    "ta": "tamil",
    "te": "telugu",
    "kn": "kannada",
    "ml": "malayalam",
    "th": "thai",
    "ko": "hangul",
    "ja": "kana",
    "zh": "han",
    "hy": "armenian",
    "ka": "georgian",
}

_FUNCTION_WORDS: dict[str, str] = {
    "en": """the of and to in is that it was for on are with as at be this have from or by not but what
        all were we when your can there an which their if will each how them then she many some so
        these would her him has two could than been who its now did my our you they his i he into
        only other about out up""",
    "es": """el la los las de que y en un una es por con no para su al lo como más pero sus le ya o este
        sí porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos
        durante todos uno les ni contra otros ese eso ante ellos hoy del se son está tiene fue era
        puede yo tú él mi""",
    "pt": """o a os as de que e do da em um uma para é com não por mais dos como mas foi ao ele das tem à
        seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era
        depois sem mesmo aos ter seus quem nas me esse eles estão você tinha foram essa num nem suas
        meu às minha têm numa são""",
    "fr": """le la les de des un une et est en que qui dans ce il elle au du pour pas sur ne se plus par
        je avec tout faire son sa ses mais nous vous ou comme leur si aux cette ces être même sont
        où été très il y a c'est mon ma d'un d'une qu'il à deux lui aussi bien sans on""",
    "de": """der die das und ist in den von zu mit sich des auf für nicht ein eine als auch es an werden
        aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war
        haben nur oder aber vor zur bis mehr durch man sein wurde ich wir ihr du mich im dem kann
        diese""",
    "it": """il lo la gli le di che e è un una in per con non del della dei delle si da al come più anche
        ma sono nel nella alla questo questa ha o se ci io mi suo sua loro essere hanno tra dal
        dalla molto perché quando dove cui fra degli sul sulla era stato i""",
    "nl": """de het een van en in is dat op te zijn met voor niet aan er om ook als dan maar bij door
        naar uit wordt over deze nog heeft ze wat worden kan werd hij zij ik je wij geen veel meer
        moet""",
    "pl": """i w na z się nie do to że jest o jak ale po co tak za od przez dla czy tylko jego są być
        oraz jej który która które tym już może był była było ich go mi ma ten ta te można bardzo
        gdy jako""",
    "vi": """và của là có trong được cho không với các những một này đã để người khi đó từ cũng như về
        tôi bạn nhưng thì đến ra vào sẽ hơn nhiều rất chúng ta họ nó phải còn nếu hay lại mà theo""",
    "sw": """na ya wa kwa ni katika za la kuwa hii huo yake cha kama lakini pia hiyo au wake watu hivyo
        sana wakati mimi wewe yeye sisi wao ambao ambayo baada kabla kutoka bila hata kila vya hapa
        hizi yangu""",
    "fi": """ja on ei se että oli hän ovat mutta kun niin myös tai jos kuin minä sinä me te he ole olla
        mukaan sen tämä joka jotka vain nyt kanssa hyvin ennen jälkeen voi mitä siitä sekä mikä olen""",
    "sv": """och att det som är en på för av med den till inte har jag om ett men var sig så vi från de
        kan när han hon du eller skall också efter mycket vara där nu""",
    "da": """og at det er en til på den med for af ikke der som har jeg et men de var sig så vi fra kan
        når han hun du eller også efter meget være hvor nu blev""",
    "no": """og at det er en til på den med for av ikke der som har jeg et men de var seg så vi fra kan
        når han hun du eller også etter mye være hvor nå ble""",
    "tr": """ve bir bu için ile da de çok daha ne gibi en olarak var ama o ben sen biz ki kadar sonra
        olan her değil mi veya şey bunu onun""",
    "id": """yang dan di untuk dengan dari pada ini adalah itu tidak akan dalam oleh ke juga saya anda
        kami mereka karena sebagai bisa atau ada lebih telah dapat sudah""",
    "ro": """și în de la care este cu pe nu că din un o mai pentru sunt a fi ca se sau dar au fost acest
        această prin după foarte ce""",
    "cs": """a je se v na že to s z do o i ve jako ale pro jsou by po tak co když jen za od jeho však
        který která které byl bylo být nebo už jsem""",
    "hu": """a az és hogy nem is egy ez van meg csak de mint volt már vagy lehet még mert ki el ezt
        minden azt kell nagyon én te ő mi""",
    "tl": """ang ng sa mga na at ay ko mo siya ito hindi para kung may ni si ako ikaw kami sila isang
        nang pero dahil lang din""",
    "ru": """и в не на я что он с как это по но из у за то все она так его к а от же вы бы мы они мне был
        для если уже или ни до когда только есть было быть чтобы их этот эта очень который""",
    "uk": """і в не на що я він з як це по але та у за то все вона так його до а від ж ви би ми вони мені
        був для якщо вже або ні коли тільки є було бути щоб їх цей ця дуже який також під час""",
    "bg": """и в не на че аз той с как това по но от за то всичко тя така му ни да а се вие би ние те ми
        беше ако вече или до когато само е са има бъде този тази много който със през""",
    "ar": """في من على أن إلى هذا هذه التي الذي مع عن كان لا ما هو هي أو ثم قد كل بعد بين ذلك لم أنا نحن
        كما لكن حتى إذا و إن غير عند""",
    "fa": """در از به که این را با است آن برای یک هم تا بر می های ما خود شما او کرد شد دارد هستند نیست
        باید من و یا اما اگر نمی بود""",
    "ur": """کے کی میں ہے اور سے کا کو اس یہ کہ پر نے ہیں کر ایک بھی نہیں تھا لیے ہو جو کیا تو وہ ہم آپ
        گیا اپنے تک ہوں ہوتا""",
    "hi": """है के में की का और से को यह पर भी नहीं हैं एक था कि इस ने वह हो तो कर जो लिए या अपने थी साथ
        हम आप मैं क्या करने गया रहा""",
    "mr": """आहे आणि आहेत च्या हे या ते मी तो ती नाही होते होता एक पण म्हणून आपण त्या त्यांच्या मध्ये
        साठी असे काय केले हा ही का असून""",
    "ne": """छ र को मा हो लागि यो छन् भने पनि गर्न एक हुन्छ थियो गरेको म हामी तपाईं त्यो तर वा भएको
        हुनुहुन्छ लाई छैन यस सबै हरू""",
}
_SETS = {code: frozenset(table.split()) for code, table in _FUNCTION_WORDS.items()}
_TOKEN = re.compile(r"[^\s.,;:!?()\[\]{}\"“”«»…—–/।،؟*#<>|`0-9]+")
_SAMPLE = 20_000


def known(code: str) -> str:
    """The plain code of a language that can be told from others. Raises ValueError for any other."""
    plain = code.lower().split("-")[0]
    if plain not in LANGUAGES:
        raise ValueError(f"language {code!r} is not known; known: {', '.join(sorted(LANGUAGES))}")
    return plain


#: An argument of an instruction: refused when the data is loaded, rather than when an answer is judged.
Language = Annotated[str, AfterValidator(known)]


def speaks(text: str, code: str) -> bool:
    """Whether the text may count as that language (an ISO 639-1 code; zh-cn and zh-tw count as zh).

    Text without a letter speaks nothing. Raises ValueError for a language that is not known here.
    """
    code = known(code)
    sample = text[:_SAMPLE]
    if not _in_script(sample, LANGUAGES[code]):
        return False
    rivals = [other for other, script in LANGUAGES.items() if script == LANGUAGES[code] and other in _SETS]
    if len(rivals) < 2:
        return True
    scores = evidence(sample, rivals)
    needed = 1e-9 if LANGUAGES[code] == "latin" else 0.0
    return scores[code] >= max(needed, max(scores.values()))


def contradicts(text: str, code: str) -> bool:
    """Whether the function words found speak clearly for another language of the same script."""
    rivals = [other for other, script in LANGUAGES.items() if script == LANGUAGES[code]]
    scores = evidence(text[:_SAMPLE], rivals)
    return not _in_script(text[:_SAMPLE], LANGUAGES[code]) or max(scores.values()) > scores[code] + 1


def evidence(text: str, codes: list[str]) -> dict[str, float]:
    """Function words found for each language; a word that several of them use counts in parts."""
    tokens = Counter(_TOKEN.findall(fold(text)))
    scores = dict.fromkeys(codes, 0.0)
    for token, times in tokens.items():
        users = [code for code in codes if token in _SETS.get(code, ())]
        for code in users:
            scores[code] += times / len(users)
    return scores


def _in_script(text: str, script: str) -> bool:
    """Whether at least four fifths of the letters belong to the script (Japanese adds Han to kana)."""
    letters = [ord(character) for character in text if character.isalpha()]
    if not letters:
        return False
    kana = sum(_within(letter, "kana") for letter in letters)
    own = sum(_within(letter, script) for letter in letters)
    if script == "kana":
        return kana > 0 and own + sum(_within(letter, "han") for letter in letters) >= 0.8 * len(letters)
    if script == "han" and kana > 0.1 * len(letters):
        return False
    return own >= 0.8 * len(letters)


def _within(letter: int, script: str) -> bool:
    return any(first <= letter <= last for first, last in SCRIPTS[script])
