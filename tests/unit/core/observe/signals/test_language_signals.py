"""The language of texts and the length of translations, both learned from the first rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.cuts import Cuts, Norms
from aright.core.model.service import Service
from aright.core.observe.signals import length_ratio, off_target

WORDS = {
    "de": "der die das und nicht ist wir haben heute morgen leider Straße Wetter schön müssen gehen über "
    "noch kommen Haus Zeit wieder kann auch sehr gut für einen Zug Bahnhof gesperrt Bauarbeiten",
    "en": "the and not is we have today tomorrow sadly street weather nice must go over still come house "
    "time again can also very good for a train station closed works will be quickly which should there",
    "es": "el la y no es tenemos hoy mañana calle tiempo bonito debemos ir sobre todavía venir casa otra vez "
    "puede también muy bueno para un tren estación cerrada obras serán rápido donde cuando",
    "pt": "o a e não é temos hoje amanhã rua tempo bonito devemos ir sobre ainda vir casa outra vez pode "
    "também muito bom para um comboio estação fechada obras serão rápido onde quando",
    "ru": "и не это мы сегодня завтра улица погода хорошо должны идти ещё дом время снова может очень поезд "
    "станция закрыта работы быстро где когда",
    "zh": "今天 天气 很好 我们 必须 去 车站 火车 关闭 因为 施工 明天 再来 时间 房子 非常 快 可以 还有 街道",
}


def sentences(language, seed, many, words=14):
    known = WORDS[language].split()
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(known, words)) + "." for _ in range(many)]


def learned(*languages, many=300):
    texts = [text for language in languages for text in sentences(language, 1, many)]
    told = [language for language in languages for _ in range(many)]
    return off_target.learn(pa.array(texts), pa.array(told))


@pytest.mark.parametrize("language", list(WORDS))
def test_new_texts_of_the_language_are_hardly_off_target(language):
    texts = pa.array(sentences(language, 2, 400))
    share = np.nanmean(off_target.values(texts, pa.array([language] * 400), learned(language)))
    assert share < 0.06


@pytest.mark.parametrize(
    ("wanted", "came"), [("de", "en"), ("en", "de"), ("es", "pt"), ("ru", "en"), ("zh", "en"), ("de", "zh")]
)
def test_another_language_is_off_target(wanted, came):
    texts = pa.array(sentences(came, 3, 100))
    share = np.nanmean(off_target.values(texts, pa.array([wanted] * 100), learned(wanted)))
    assert share > 0.7


def test_short_texts_unknown_languages_and_nulls_say_nothing():
    texts = pa.array(["ja", *sentences("de", 4, 2), None])
    found = off_target.values(texts, pa.array(["de", "fr", None, "de"]), learned("de"))
    assert np.isnan(found).all()


def test_few_or_short_texts_teach_nothing():
    assert learned("de", many=99) == {}
    assert off_target.learn(pa.array(["ja"] * 300), pa.array(["de"] * 300)) == {}


def test_only_the_most_frequent_languages_are_learned():
    many = off_target.MOST_LANGUAGES + 1
    texts = sentences("en", 5, 100 * many)
    told = [f"x{at:02d}" for at in range(many) for _ in range(100)]
    assert len(off_target.learn(pa.array(texts), pa.array(told))) == many - 1


def translations(pair_lengths, *, names=("source_language", "target_language")):
    return pa.table(
        {
            "feat.source_chars": [100.0 for _, lengths in pair_lengths for _ in lengths],
            "feat.output_chars": [float(length) for _, lengths in pair_lengths for length in lengths],
            f"attr.{names[0]}": [pair[0] for pair, lengths in pair_lengths for _ in lengths],
            f"attr.{names[1]}": [pair[1] for pair, lengths in pair_lengths for _ in lengths],
        }
    )


SPREAD = list(range(-20, 21)) * 4
HEALTHY = [(("en", "de"), [120 + by for by in SPREAD]), (("en", "ZH"), [40 + by // 4 for by in SPREAD])]


def cuts_of(rows, service):
    return Cuts(key="mt", columns={}, norms=Norms(limits=length_ratio.learn(rows, service)))


def test_each_pair_has_limits_of_its_own():
    service = Service(key="mt")
    cuts = cuts_of(translations(HEALTHY), service)
    rows = translations([(("en", "de"), [60, 120]), (("en", "zh"), [40, 100]), (("fr", "it"), [120, 1])])
    found = length_ratio.values(rows, cuts, service)
    assert found[length_ratio.SHORT].tolist() == [1, 0, 0, 0, 0, 1]
    assert found[length_ratio.LONG].tolist() == [0, 0, 0, 1, 0, 0]
    np.testing.assert_array_equal(found["short_translations:en-de"], [1, 0, *[np.nan] * 4])
    assert set(cuts.norms.limits) == {"length_ratio", "length_ratio:en-de", "length_ratio:en-zh"}


def test_the_catalog_may_name_the_attributes():
    service = Service(key="mt", source_language="von", target_language="nach")
    rows = translations(HEALTHY, names=("von", "nach"))
    assert "length_ratio:en-de" in length_ratio.learn(rows, service)
    assert "length_ratio:en-de" not in length_ratio.learn(rows, Service(key="mt"))


def test_lengths_come_from_texts_where_none_are_told():
    rows = pa.table({"text": ["vier"] * 80, "feat.source_text": ["four or so"] * 80})
    assert length_ratio.learn(rows, Service(key="mt"))["length_ratio"][0] == pytest.approx(np.log(5 / 11))


def test_without_source_or_answer_there_is_no_ratio():
    service = Service(key="mt")
    assert length_ratio.learn(pa.table({"text": ["a"]}), service) == {}
    assert length_ratio.learn(pa.table({"feat.source_chars": [3.0]}), service) == {}
    assert length_ratio.values(pa.table({"text": ["a"]}), None, service) == {}
    source_unknown = pa.table(
        {"feat.source_chars": [9.0] * 80, "feat.output_chars": [9.0] * 80, "attr.target_lang": ["de"] * 80}
    )
    assert list(length_ratio.learn(source_unknown, service)) == ["length_ratio"]
