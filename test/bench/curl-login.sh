#!/bin/sh
# The login that `auth` is shown beside: curl, as Oracle's REST manual has it, and sed. No checks, lock or file; the
# password goes in by standard input, because anybody may read the arguments of a process.
set -eu
read -r password <"$OPC_PASSWORD_FILE"
cookie=$(printf '{"user":"%s","password":"%s"}' "$OPC_USER" "$password" |
  curl -sSf --cacert "$OPC_CA_BUNDLE" -o /dev/null -D - -d @- \
    -H 'Content-Type: application/oracle-compute-v3+json' "${OPC_API}authenticate/" |
  sed -n 's/^[Ss]et-[Cc]ookie: nimbula=\([^;]*\).*/\1/p')
test -n "$cookie"
printf "export OPC_COOKIE='%s'\n" "$cookie"
