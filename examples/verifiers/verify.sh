#!/bin/sh
# One request a line from standard input, one answer a line to standard output. GitHub: HMAC-SHA256 in hex digits.
member() { printf '%s' "$line" | sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p"; }

while IFS= read -r line; do
  body=$(mktemp)
  member body_base64 | base64 -d > "$body"
  given=$(printf '%s' "$line" | sed 's/\], \[/\n/g' | sed -n 's/.*"[Xx]-[Hh][Uu][Bb]-[Ss][Ii][Gg][Nn][Aa][Tt][Uu][Rr][Ee]-256", "\([^"]*\)".*/\1/p')
  right="sha256=$(openssl dgst -sha256 -hmac "$(member secret)" -r < "$body" | cut -d ' ' -f 1)"
  rm "$body"
  [ "$given" = "$right" ] && accepted=true || accepted=false # a service needs a comparison in constant time
  printf '{"id": "%s", "accepted": %s}\n' "$(member id)" "$accepted"
done
