"""Closed word classes that instructions name: conjunctions, pronouns, stop words, names, abbreviations."""

from __future__ import annotations


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _in_order(words: str) -> list[str]:
    return words.split()


COORDINATING = _listed("and but for nor or so yet")

PRONOUNS = _listed(
    """i me we us you he him she her it they them my mine our ours your yours his hers its their theirs
    myself ourselves yourself yourselves himself herself itself themselves this that these those who whom
    whose which what whoever whomever whatever whichever anybody anyone anything everybody everyone
    everything nobody nothing somebody someone something each either neither both all some any none"""
)

#: English function words; the bare letters are what is left of contractions ("isn't" is "isn" and "t").
STOP_WORDS = _listed(
    """i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
    hers herself it its itself they them their theirs themselves what which who whom this that these those
    am is are was were be been being have has had having do does did doing a an the and but if or because
    as until while of at by for with about against between into through during before after above below to
    from up down in out on off over under again further then once here there when where why how all any
    both each few more most other some such no nor not only own same so than too very s t can will just
    don should now d ll m o re ve y ain aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn
    shan shouldn wasn weren won wouldn"""
)

SENTENCE_STARTERS = (STOP_WORDS | PRONOUNS | COORDINATING) - {"s", "t", "d", "m", "o", "y"} | _listed(
    """although however though since unless meanwhile moreover therefore thus also another many several
    let's according additionally finally first instead later maybe perhaps please yes next today still
    often even one two it's i'm i've we're you're that's there's"""
)

ABBREVIATIONS = _listed(
    """mr mrs ms dr prof sr jr st rev hon gen col capt lt sgt maj sen rep gov pres vs etc e.g i.e u.s u.k
    u.n u.s.a d.c a.m p.m ph.d b.a m.a b.sc m.sc inc ltd co corp bros no vol fig figs pp ed eds al approx
    dept est jan feb mar apr jun jul aug sep sept oct nov dec mt ft ave blvd rd cf viz ca"""
)

PERSON_NAMES = _in_order(
    "Emma Liam Sophia Jackson Olivia Noah Ava Lucas Isabella Mason Mia Ethan Charlotte Alexander Amelia "
    "Benjamin Harper Leo Zoe Daniel Chloe Samuel Lily Matthew Grace Owen Abigail Gabriel Ella Jacob Scarlett "
    "Nathan Victoria Elijah Layla Nicholas Audrey David Hannah Christopher Penelope Thomas Nora Andrew Aria "
    "Joseph Claire Ryan Stella Jonathan"
)

#: Capitals of Europe north of 45 degrees, from north to south.
NORTHERN_CAPITALS = _in_order(
    "Reykjavik Helsinki Oslo Tallinn Stockholm Riga Moscow Copenhagen Vilnius Minsk Dublin Berlin Amsterdam "
    "Warsaw London Brussels Prague Luxembourg Paris Vienna Bratislava Budapest Vaduz Chisinau Bern Ljubljana "
    "Zagreb"
)

#: Words that title case may leave small.
MINOR_WORDS = _listed("a an the and but or nor for so yet as at by in of off on per to up via with from into over")
