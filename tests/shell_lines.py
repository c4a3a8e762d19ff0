"""The commands in a document's shell code, one by one."""

from __future__ import annotations

import re
import shlex

_HEREDOC = re.compile(r"<<-?\s*['\"]?(?P<end>\w+)['\"]?.*?\n.*?^(?P=end)$", re.MULTILINE | re.DOTALL)
_BETWEEN = set("|&;()")
_FILES = set("<>")


def commands_in(code: str) -> list[list[str]]:
    """Return the words of each command, also of each in a pipe, without the files after `<` and `>`."""
    found = []
    for line in _HEREDOC.sub("", code).replace("\\\n", " ").splitlines():
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        is_file = False
        for word in lexer:
            if set(word) <= _BETWEEN:
                found.append(words)
                words = []
            elif set(word) <= _FILES:
                is_file = True
            elif is_file:
                is_file = False
            else:
                words.append(word)
        found.append(words)
    return [words for words in found if words]
