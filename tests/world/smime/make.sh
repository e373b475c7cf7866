#!/bin/sh
# make.sh DIR: certificates and signed messages (NAME.eml) for tests of S/MIME, made by openssl, and
# beside each what "openssl cms -verify" says of it (NAME.judge: 0 is good).
set -eu
mkdir -p "$1"
cd "$1"
day_past=20200101000000Z
exec 2>openssl.log

cat >ca.cnf <<'EOF'
[req]
distinguished_name = names
[names]
[root_ext]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[mail]
keyUsage = digitalSignature,nonRepudiation
extendedKeyUsage = emailProtection
subjectAltName = email:alice@example.org
[plain]
keyUsage = digitalSignature
[web]
extendedKeyUsage = serverAuth
subjectAltName = email:alice@example.org
[wide]
extendedKeyUsage = emailProtection
subjectAltName = @wide_names
[wide_names]
otherName.0 = 1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:älice@example.org
[any]
commonName = supplied
emailAddress = optional
EOF
for ca in root evil inter; do
    mkdir -p $ca.d
    : >$ca.d/index
    echo 1000 >$ca.d/serial
    echo 1000 >$ca.d/crlnumber
    cat >>ca.cnf <<EOF
[$ca]
database = $ca.d/index
serial = $ca.d/serial
crlnumber = $ca.d/crlnumber
new_certs_dir = $ca.d
certificate = $ca.pem
private_key = $ca.key
default_md = sha256
policy = any
unique_subject = no
default_crl_days = 3000
EOF
done

key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
}
# issue NAME CA EXTENSIONS SUBJECT START END: with a key that is there, or a new one
issue() {
    [ -f "$1.key" ] || key "$1"
    openssl req -new -config ca.cnf -utf8 -key "$1.key" -subj "$4" -out "$1.csr"
    openssl ca -batch -notext -config ca.cnf -name "$2" -extensions "$3" -in "$1.csr" \
        -startdate "$5" -enddate "$6" -out "$1.pem"
}
for ca in root evil; do
    key $ca
    openssl req -new -config ca.cnf -key $ca.key -subj "/CN=$ca" -out $ca.csr
    openssl ca -batch -notext -config ca.cnf -name $ca -selfsign -extensions root_ext \
        -in $ca.csr -keyfile $ca.key -startdate $day_past -enddate 20491231000000Z -out $ca.pem
done
end=20491231000000Z
issue inter root root_ext "/CN=inter" $day_past $end
issue alice root mail "/CN=Alice" $day_past $end
issue below inter mail "/CN=Alice below" $day_past $end
issue carol root plain "/CN=Carol/emailAddress=Carol@Example.ORG" $day_past $end
issue stranger evil mail "/CN=Alice" $day_past $end
issue old root mail "/CN=Alice of old" $day_past 20210101000000Z
issue later root mail "/CN=Alice to come" 20480101000000Z $end
issue web root web "/CN=Alice of the web" $day_past $end
issue wide root wide "/CN=Alice with dots" $day_past $end
issue gone root mail "/CN=Alice who is gone" $day_past $end
openssl genrsa -out small.key 1024
issue small root mail "/CN=Alice with a small key" $day_past $end
openssl ca -config ca.cnf -name root -revoke gone.pem
openssl ca -config ca.cnf -name root -gencrl -out root.crl
cat root.pem root.crl >trust.pem

printf 'Content-Type: text/plain; charset=us-ascii\r\n\r\nThe bridge is closed.\r\n.\r\n' >body
printf 'Content-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\none \r\n--in\r\n' >parts
printf 'Content-Type: text/html\r\n\r\n<p>two\r\n--in--\r\n' >>parts

# sign NAME FROM SIGNERS... [-- OPTIONS]: BODY is what is signed
sign() {
    name=$1
    from=$2
    shift 2
    who=
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        who="$who -signer $1.pem -inkey $1.key"
        shift
    done
    [ $# -eq 0 ] || shift
    # shellcheck disable=SC2086
    openssl cms -sign -in "${BODY:-body}" -crlfeol $who "$@" -from "$from" \
        -to jane@example.com -subject "$name" -out "$name.eml"
}
sign good alice@example.org alice
sign name '"Alice, of A" <ALICE@example.ORG>' alice
sign opaque alice@example.org alice -- -nodetach
sign subject carol@example.org carol
sign address bob@example.org alice
sign unknown alice@example.org stranger
sign expired alice@example.org old
sign later alice@example.org later
sign purpose alice@example.org web
sign revoked alice@example.org gone
sign small alice@example.org small
sign two alice@example.org alice carol
sign both 'alice@example.org, carol@example.org' alice carol
sign onlyone 'alice@example.org, bob@example.org' alice
sign mixed alice@example.org alice stranger
sign sha1 alice@example.org alice -- -md sha1
sign md5 alice@example.org small -- -md md5
sign sha512 alice@example.org alice -- -md sha512
sign noattr alice@example.org alice -- -noattr
sign nocerts alice@example.org alice -- -nocerts
sign chain alice@example.org below -- -certfile inter.pem
sign nochain alice@example.org below
sign wide älice@example.org wide
sign keyid alice@example.org alice -- -keyid
BODY=parts sign parts alice@example.org alice
BODY=parts sign partsopaque alice@example.org alice -- -nodetach
BODY=good.eml sign twice alice@example.org alice
head -c 12000000 /dev/zero | tr '\0' a | fold -w 76 >long
(printf 'Content-Type: text/plain\r\n\r\n'; cat long) >huge
BODY=huge sign huge alice@example.org alice
BODY=huge sign hugeopaque alice@example.org alice -- -nodetach
rm long huge

sed 's/closed/opened/' good.eml >changed.eml
sed 's/^From:.*/Comments: nobody\r/' good.eml >nofrom.eml
sed 's/^From:.*/&\nFrom: bob@example.org\r/' good.eml >twofrom.eml
tr -d '\r' <good.eml >lf.eml
# Something behind the signature, which a reader would show.
sed 's/^\(------[0-9A-F]*\)--\r$/\1\r\nContent-Type: text\/plain\r\n\r\nPay Bob.\r\n\1--\r/' \
    good.eml >behind.eml
# The signed message as one part, and as an attached message.
printf 'From: alice@example.org\r\nMIME-Version: 1.0\r\n' >head
(cat head; printf 'Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n'; cat good.eml
 printf -- '\r\n--out\r\n\r\nfooter of a list\r\n--out--\r\n') >nested.eml
(cat head; printf 'Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n'
 printf 'Content-Type: message/rfc822\r\n\r\n'; cat good.eml
 printf -- '\r\n--out--\r\n') >attached.eml
(cat head; printf 'Content-Type: multipart/signed; protocol="application/pgp-signature";'
 printf ' boundary=out\r\n\r\n--out\r\n\r\ntext\r\n--out\r\n'
 printf 'Content-Type: application/pgp-signature\r\n\r\nx\r\n--out--\r\n') >pgp.eml
(cat head; printf 'Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n'
 printf 'Content-Transfer-Encoding: base64\r\n\r\nMIIBAAAA\r\n') >garbage.eml
openssl cms -encrypt -in body -crlfeol -from alice@example.org -to jane@example.com \
    -aes256 -out sealed.eml small.pem
sed 's/; smime-type=enveloped-data//' sealed.eml >sealedbare.eml
printf 'From: alice@example.org\r\nContent-Type: text/plain\r\n\r\nhello\r\n' >unsigned.eml

for message in *.eml; do
    said=0
    revoked=
    [ "$message" != revoked.eml ] || revoked=-crl_check
    openssl cms -verify -in "$message" -CAfile trust.pem -purpose smimesign $revoked \
        -out /dev/null || said=1
    echo $said >"${message%.eml}.judge"
done
