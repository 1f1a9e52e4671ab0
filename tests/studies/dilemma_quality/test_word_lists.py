from mores.studies.dilemma_quality.word_lists import count_of, word_lists


def test_words_are_counted_whole_and_in_any_case() -> None:
    assert count_of(("no", "a bit"), "No, I know a bit; a bitter no.") == 3
    assert count_of(("no",), "") == 0


def test_the_lists_do_not_overlap_in_spelling() -> None:
    lists = word_lists()
    assert not set(lists.british) & set(lists.american)
    for words in (lists.british, lists.american, lists.hedges, lists.boosters, lists.negations):
        assert len(set(words)) == len(words)
        assert all(word == word.casefold() for word in words)
