#!/bin/sh
# Print the path of a Python of at least version 3.12, or say what to do.
set -u
for candidate in "${PYTHON:-}" python3.13 python3.14 python3.12 python3 python; do
    [ -n "$candidate" ] || continue
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
done
cat >&2 <<'MESSAGE'
error: no Python of version 3.12 or newer was found.
  looked for: $PYTHON, python3.13, python3.14, python3.12, python3, python
  what to do: install one (your system's package manager, pyenv or uv can), or name it:
              make report PYTHON=/path/to/python3.13
MESSAGE
exit 1
