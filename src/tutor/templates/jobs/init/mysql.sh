# Create the database of LMS and CMS and its user, unless that user can log in already.
# Passwords come from the environment and go to the server through standard input.
client=$(command -v mysql || command -v mariadb)
database={{ OPENEDX_MYSQL_DATABASE|shell_quote }}
username={{ OPENEDX_MYSQL_USERNAME|shell_quote }}

sql() { # PASSWORD USER [OPTION...]
    password=$1
    user=$2
    shift 2
    MYSQL_PWD=$password "$client" --protocol=tcp --host={{ MYSQL_HOST|shell_quote }} --port={{ MYSQL_PORT|string|shell_quote }} --user="$user" "$@"
}
as_user() { sql "$OPENEDX_MYSQL_PASSWORD" "$username" "$database" --execute='SELECT 1' >/dev/null; }
as_root() { sql "$MYSQL_ROOT_PASSWORD" {{ MYSQL_ROOT_USERNAME|shell_quote }} "$@"; }

quoted() { # QUOTE TEXT: the text between quotes of SQL, ' for a string and ` for a name
    quote=$1 rest=$2 out=
    while [ -n "$rest" ]; do
        tail=${rest#?}
        char=${rest%"$tail"}
        rest=$tail
        case $quote$char in
            "''" | '``') out=$out$char$char ;;
            "'\\") out=$out$char$char ;;
            *) out=$out$char ;;
        esac
    done
    printf '%s%s%s' "$quote" "$out" "$quote"
}

attempt=1
while ! as_user 2>/dev/null; do
    if error=$(as_root --execute='SELECT 1' 2>&1 >/dev/null); then
        echo "MySQL: creating database $database and user $username..."
        account=$(quoted "'" "$username")@\'%\'
        secret=$(quoted "'" "$OPENEDX_MYSQL_PASSWORD")
        as_root <<SQL
CREATE DATABASE IF NOT EXISTS $(quoted '`' "$database") CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS $account IDENTIFIED BY $secret;
ALTER USER $account IDENTIFIED BY $secret;
GRANT ALL PRIVILEGES ON $(quoted '`' "$database").* TO $account;
SQL
        as_user
        break
    fi
    if [ "$attempt" -ge 240 ]; then
        echo "MySQL at {{ MYSQL_HOST }}:{{ MYSQL_PORT }} did not let us in during two minutes: $error" >&2
        exit 1
    fi
    if [ $((attempt % 20)) = 1 ]; then echo "MySQL: waiting for the server ($((attempt / 2)) of 120 seconds)..."; fi
    attempt=$((attempt + 1))
    sleep 0.5
done
echo "MySQL: user $username can use database $database."
