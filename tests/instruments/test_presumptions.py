from mores.instruments.presumptions import presumptions

TAGS = (
    "paid-work self-employment management religious-belief religious-community no-religion partner "
    "children parents-living siblings student retired property rural-life urban-life public-office "
    "health-profession illness migration-background citizen military-service volunteering savings car"
)


def test_the_vocabulary():
    assert " ".join(presumptions()) == TAGS
    assert all(tag.id == key for key, tag in presumptions().items())
    glosses = [tag.gloss for tag in presumptions().values()]
    assert len(set(glosses)) == len(glosses)
    assert all(len(gloss) > 10 for gloss in glosses)
