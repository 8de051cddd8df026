#!/bin/sh
# Installs what some tests need: MariaDB, OpenSSH and the browser chromium from Debian's packages, the BigQuery emulator in a virtual
# environment of its own, and tools that read the OpenAPI document in another, since their pins contradict ours.
#   tests/servers/install.sh [FOLDER]     FOLDER: where the emulator goes; tests look there if DATAVIZ_TEST_SERVERS names it
set -eu

folder=${1:-"$HOME/.cache/dataviz-test-servers"}
python=${PYTHON:-python3}

if ! command -v /usr/sbin/mariadbd >/dev/null || ! command -v /usr/sbin/sshd >/dev/null || ! command -v chromium >/dev/null; then
    apt-get update -q
    apt-get install -y -q --no-install-recommends \
        mariadb-server-core mariadb-client-core openssh-server chromium fonts-dejavu-core
fi

emulator="$folder/bqemulator"
if [ ! -x "$emulator/venv/bin/bqemulator" ]; then
    rm -rf "$emulator"
    mkdir -p "$emulator"
    "$python" -m venv "$emulator/venv"
    "$emulator/venv/bin/pip" install -q \
        bqemulator==1.4.0 duckdb==1.5.5 numpy pandas \
        duckdb-extension-spatial==1.5.5 duckdb-extension-icu==1.5.5 \
        duckdb-extension-json==1.5.5 duckdb-extension-avro==1.5.5
fi

# duckdb looks for its extensions below HOME and would download what it does not find
extensions="$emulator/home/.duckdb/extensions/v1.5.5/linux_amd64"
mkdir -p "$extensions"
find "$emulator/venv" -name '*.duckdb_extension' -exec cp {} "$extensions" \;

contract="$folder/contract"
if [ ! -x "$contract/venv/bin/st" ]; then
    rm -rf "$contract"
    mkdir -p "$contract"
    "$python" -m venv "$contract/venv"
    "$contract/venv/bin/pip" install -q schemathesis==4.32.5 openapi-python-client==0.29.1
fi
