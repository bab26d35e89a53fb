# Sourced by the scripts beside it. `prepare serve` or `prepare dev` sees that .venv in this checkout holds
# what that needs; when nothing has changed it costs two small processes and no Python.

unset PYTHONPATH # this checkout is tried, and what .venv holds, whatever else lies about
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

prepare() {
    wanted="$root $(cat "$root/pyproject.toml" "$root/scripts/constraints.txt" | cksum)"
    present=$(cat "$root/.venv/.prepared-$1" 2>/dev/null) || present=
    if [ "$wanted" != "$present" ] || ! [ -x "$root/.venv/bin/python" ]; then
        "$(find_python)" "$root/scripts/environment.py" "$1" "$wanted"
    fi
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "reportmocks needs Python 3.11 or later; name it in PYTHON if it is not on the path" >&2
    return 1
}
