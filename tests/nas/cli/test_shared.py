"""Options that several commands have."""

import re

from nas.cli.registered import filled
from nas.cli.shared import SPACE_HELP
from search_space import SPACES


def test_help_of_the_space_option_names_every_space_and_the_size_of_its_supernet() -> None:
    for name, space in SPACES.items():
        stated = re.search(rf"\b{name} \([^)]*?(\d+) M\b", filled(SPACE_HELP))
        assert stated, name
        assert int(stated[1]) == round(space.supernet_parameters / 1e6)
