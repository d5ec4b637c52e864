#!/usr/bin/env bash
# Copies what LMS and CMS serve as it is out of node_modules.
set -eu -o pipefail
install -D -m 0644 node_modules/picturefill/dist/picturefill.js common/static/common/js/vendor/picturefill.js
