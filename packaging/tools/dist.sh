#!/usr/bin/env bash
# Puts together what is handed out: templates, tools, an example, what each was
# built from, and the sums of all:
#
#   packaging/tools/dist.sh out/templates out/dist out/bin/lotse-branddemo
set -euo pipefail

templates=$1
dist=$2
demo=$3
mkdir -p "$dist/templates" "$dist/example"
cp -- "$templates"/lotse-* "$dist/templates/"
"$demo" -play=false -templates "$templates" -pack "$dist/lotse-pack" -out "$dist/example"
for program in "$dist"/lotse-* "$dist"/templates/lotse-* "$dist"/example/*.exe; do
  case $program in *.cdx.json) continue ;; esac
  "$dist/lotse-pack" sbom -force -in "$program"
done
# sums writes the sums of a folder's files. Not of itself, which is there from the
# last time, nor of the example in the folder of all: its keys and its time stamp
# are new each time, and the sums of all are what two machines compare.
sums() (
  cd "$1"
  find . -path ./example -prune -o -type f ! -name 'SHA256SUMS*' -printf '%P\0' | sort -z | xargs -0 sha256sum -- >SHA256SUMS.new
  mv SHA256SUMS.new SHA256SUMS
  cat SHA256SUMS
)
sums "$dist/example"
sums "$dist"
