# Sourced by ./run and speed/run in this folder: installs the peers into .venv, and sets `python`
# and `target`, the target directory of Cargo.
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
python=$PWD/.venv/bin/python
target=$(cargo metadata --no-deps --format-version 1 | "$python" -c 'import json,sys; print(json.load(sys.stdin)["target_directory"])')
