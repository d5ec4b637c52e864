#!/bin/sh
# setowner USER_ID PATH...: give every path, and all that lies in it, to a user.
set -e
if [ $# -lt 2 ]; then
    echo "usage: setowner USER_ID PATH..." >&2
    exit 2
fi
user=$1
shift

for path in "$@"; do
    # A look at the folder and what lies directly in it: walking through a large one at every start would take minutes.
    if [ -n "$(find "$path" -maxdepth 1 ! -user "$user" | head -n 1)" ]; then
        echo "Giving $path to user $user..."
        find "$path" ! -user "$user" -exec chown -h "$user:$user" {} +
    fi
done
