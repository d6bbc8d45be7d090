"""The net that is kept in a folder: trained, drawn, and missed in words."""

import pytest
from PIL import Image

from rnnkit.course.experiments import writing


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    build = tmp_path_factory.mktemp("build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_PROFILE", "check")
        made = writing.train_and_save(build)
    assert made == writing.default_folder(build)
    return made


def test_it_draws_a_picture_and_a_film(folder, tmp_path):
    picture, film = writing.draw("27", folder, tmp_path / "deep" / "mine", bias=0.5, seed=2)
    assert picture.name == "mine.svg" and picture.read_text().rstrip().endswith("</svg>")
    model, scale = writing.load(folder)
    [written] = model.write(["27"], bias=0.5, seed=2)
    assert scale.shape == (2,) and (scale > 0).all()
    with Image.open(film) as pages:
        assert pages.n_frames >= 0.9 * len(written.strokes)  # frames that look the same are joined


@pytest.mark.parametrize(
    ("text", "message"), [("", "at least one character"), ("2a", "received 'a' in '2a'. Leave it out")]
)
def test_texts_that_it_cannot_write(folder, tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        writing.draw(text, folder, tmp_path / "mine")


def test_without_a_net_it_says_how_to_train_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="model.keras, which is missing. Train one: python -m rnnkit.course"):
        writing.draw("27", writing.default_folder(tmp_path), tmp_path / "mine")
