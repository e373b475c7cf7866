/* The extensions, with the examples of their RFCs. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct sieve_case copy_and_body[] = {
    {"RFC 3894: fileinto :copy", "require [\"fileinto\", \"copy\"]; fileinto :copy \"Work\";", NULL,
     "fileinto \"Work\" copy; implicit keep"},
    {"RFC 3894: redirect :copy", "require [\"copy\"]; redirect :copy \"a@example.com\";", NULL,
     "redirect \"a@example.com\" copy; implicit keep"},
    {"RFC 5173: raw", "require \"body\"; if body :raw :contains \"ANVIL\" { discard; }", NULL,
     "discard"},
    {"RFC 5173 section 5.1: MAKE MONEY FAST",
     "require \"body\"; if body :raw :contains \"MAKE MONEY FAST\" { discard; }", NULL,
     "implicit keep"},
    {"RFC 5173 section 5.2: types",
     "require [\"body\", \"fileinto\"];\n"
     "if body :content \"audio/mp3\" :contains \"\" { fileinto \"jukebox\"; }",
     "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Type: audio/mp3\n\n\n--b--\n",
     "fileinto \"jukebox\""},
    {"RFC 5173 section 5.2: text",
     "require [\"body\", \"fileinto\"];\n"
     "if body :content \"text\" :contains [\"missile\", \"coordinates\"] { fileinto \"secrets\"; }",
     "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Type: text/html\n"
     "Content-Transfer-Encoding: base64\n\nPGI+bWlzc2lsZTwvYj4=\n--b--\nmissile\n",
     "fileinto \"secrets\""},
    {"body, prologue of a multipart",
     "require \"body\"; if body :content \"multipart\" :contains \"behind\" { discard; }",
     "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\nin\n--b--\nbehind\n", "discard"},
    {"body, header of a message",
     "require \"body\"; if body :content \"message/rfc822\" :contains \"Subject: in\" { discard; }",
     "Content-Type: message/rfc822\n\nSubject: inner\n\nbody\n", "discard"},
    {"body, odd slashes",
     "require \"body\"; if body :content [\"/plain\", \"text/\", \"a/b/c\"] :contains \"\" "
     "{ discard; }",
     NULL, "implicit keep"},
    {"RFC 5173 section 5.3: text",
     "require \"body\"; if body :text :contains \"project schedule\" { discard; }",
     "Content-Type: text/html; charset=iso-8859-1\n\n<p>project <b>schedule</b></p>\n", "discard"},
    {"RFC 5173 section 6: no match variables",
     "require [\"body\", \"variables\", \"fileinto\"]; if header :matches \"subject\" \"I * a*\" "
     "{ if body :raw :matches \"*anvil*\" { fileinto \"${1}\"; } }",
     NULL, "fileinto \"have\""},
};

static const struct sieve_case variables[] = {
    {"RFC 5229 section 3: cases",
     "require [\"variables\", \"fileinto\"]; set \"company\" \"ACME\"; set \"a.b\" \"x\";", NULL,
     "line 1: \"a.b\" is no name of a variable"},
    {"RFC 5229 section 3: references",
     "require [\"variables\", \"fileinto\"]; set \"company\" \"ACME\";"
     "fileinto \"&%${}!|${President, ${Company} Inc.}|${company\";",
     NULL, "fileinto \"&%${}!|${President, ACME Inc.}|${company\""},
    {"RFC 5229 section 3: President",
     "require [\"variables\", \"fileinto\"]; set \"company\" \"ACME\";"
     "fileinto \"${President, ${Company} Inc.}\";",
     NULL, "fileinto \"${President, ACME Inc.}\""},
    {"RFC 5229 section 3: not again",
     "require [\"variables\", \"fileinto\"]; set \"a\" \"${\"; set \"b\" \"${a}a}\"; fileinto "
     "\"${b}\";",
     NULL, "fileinto \"${a}\""},
    {"RFC 5229 section 3.2: match variables",
     "require [\"variables\", \"fileinto\"];\n"
     "if header :matches \"List-ID\" \"*<*@*\" { fileinto \"INBOX.lists.${2}\"; stop; }\n",
     "List-ID: Some List <some-list@lists.example>\n\nb\n", "fileinto \"INBOX.lists.some-list\""},
    {"RFC 5229 section 3.2: frop",
     "require [\"variables\", \"fileinto\"];\n"
     "if header :matches [\"To\", \"Cc\"] [\"coyote@**.com\", \"wile@**.com\"] {\n"
     " fileinto \"0=${0} 1=${1} 2=${2}\"; stop; }",
     "To: coyote@ACME.Example.COM\n\nb\n",
     "fileinto \"0=coyote@ACME.Example.COM 1= 2=ACME.Example\""},
    {"RFC 5229 section 4: set with modifiers",
     "require [\"variables\", \"fileinto\"]; set \"a\" \"juMBlEd lETteRS\"; set :length \"b\" "
     "\"${a}\"; set :lower \"c\" \"${a}\"; set :upperfirst \"d\" \"${a}\"; set :upperfirst :lower "
     "\"e\" \"${a}\"; fileinto \"${b}|${c}|${d}|${e}\";",
     NULL, "fileinto \"15|jumbled letters|JuMBlEd lETteRS|Jumbled letters\""},
    {"RFC 5229 section 4.1.2: quotewildcard",
     "require [\"variables\", \"fileinto\"]; set :quotewildcard \"b\" \"Rock*\"; fileinto "
     "\"${b}\";",
     NULL, "fileinto \"Rock\\\\*\""},
    {"set, excluding", "require \"variables\"; set :lower :upper \"a\" \"b\";", NULL,
     "line 1: \":lower\" and \":upper\" exclude each other"},
    {"RFC 5229 section 5: string",
     "require [\"variables\", \"relational\", \"comparator-i;ascii-numeric\"];\n"
     "set \"state\" \"${state} pending\";\n"
     "if string :matches \" ${state} \" \"* pending *\" { discard; }",
     NULL, "discard"},
    {"names of variables in other places",
     "require [\"variables\", \"fileinto\"]; set \"h\" \"subject\"; if header :contains \"${H}\" "
     "\"present\" { fileinto \"${h}\"; }",
     NULL, "fileinto \"subject\""},
    {"length counts characters",
     "require [\"variables\", \"fileinto\"]; set :length \"b\" \"\xc3\xbc\xe2\x82\xac\"; fileinto "
     "\"${b}\";",
     NULL, "fileinto \"2\""},
    {"match variable too high", "require [\"variables\", \"fileinto\"]; fileinto \"${32}\";", NULL,
     "line 1: there is no match variable above ${31}"},
    {"unknown namespace", "require [\"variables\", \"fileinto\"]; fileinto \"${a.b}\";", NULL,
     "line 1: the variable \"${a.b}\" is in no known namespace"},
};

static const struct sieve_case relational[] = {
    {"RFC 5231 section 7: count",
     "require [\"relational\", \"comparator-i;ascii-numeric\"]; if header :count \"ge\" "
     ":comparator "
     "\"i;ascii-numeric\" [\"received\"] [\"1\"] { discard; }",
     NULL, "discard"},
    {"RFC 5231: address count",
     "require [\"relational\", \"comparator-i;ascii-numeric\"]; if address :count \"gt\" "
     ":comparator "
     "\"i;ascii-numeric\" [\"to\", \"cc\"] [\"2\"] { discard; }",
     NULL, "discard"},
    {"RFC 5231: value",
     "require [\"relational\", \"comparator-i;ascii-numeric\", \"fileinto\"]; if header :value "
     "\"gt\" :comparator \"i;ascii-numeric\" [\"X-Score\"] [\"5\"] { fileinto \"Spam\"; }",
     "X-Score: 12\n\nb\n", "fileinto \"Spam\""},
    {"value, alphabet",
     "require \"relational\"; if header :value \"lt\" \"subject\" \"J\" { discard; }", NULL,
     "discard"},
    {"no number is above all",
     "require [\"relational\", \"comparator-i;ascii-numeric\"]; if header :value \"gt\" "
     ":comparator "
     "\"i;ascii-numeric\" \"subject\" \"99999999999999999999999\" { discard; }",
     NULL, "discard"},
    {"wrong relation", "require \"relational\"; if header :value \"above\" \"a\" \"b\" {}", NULL,
     "line 1: a relation is one of gt, ge, lt, le, eq and ne"},
};

static const struct sieve_case flags[] = {
    {"RFC 5232 section 2: fileinto :flags",
     "require [\"fileinto\", \"imap4flags\"]; fileinto :flags \"\\\\Deleted\" \"Work\";", NULL,
     "fileinto \"Work\" flags (\\Deleted)"},
    {"RFC 5232: addflag",
     "require [\"fileinto\", \"imap4flags\"];\n"
     "if size :over 1M { addflag \"MyFlags\" \"Big\"; }\n"
     "addflag \"\\\\Seen\"; fileinto \"Work\";",
     NULL, "line 2: \"name of a variable\" needs: require \"variables\""},
    {"RFC 5232 section 3: setflag, addflag, removeflag",
     "require [\"fileinto\", \"imap4flags\"]; setflag \"\\\\Deleted\"; addflag [\"flag2\", "
     "\"\\\\seen FLAG2\"]; removeflag \"\\\\deleted\"; keep;",
     NULL, "keep flags (flag2 \\seen)"},
    {"RFC 5232: implicit keep has them", "require \"imap4flags\"; addflag \"$Junk\";", NULL,
     "implicit keep flags ($Junk)"},
    {"RFC 5232 section 4: hasflag",
     "require [\"imap4flags\", \"variables\"]; setflag \"MyVar\" \"A B Junk\"; if hasflag "
     ":contains "
     "\"MyVar\" \"Jun\" { discard; }",
     NULL, "discard"},
    {"RFC 5232 section 4: count",
     "require [\"imap4flags\", \"relational\", \"comparator-i;ascii-numeric\"]; addflag \"a b c\"; "
     "if hasflag :count \"ge\" :comparator \"i;ascii-numeric\" \"3\" { discard; }",
     NULL, "discard"},
    {"keep :flags", "require \"imap4flags\"; addflag \"a\"; keep :flags [\"b\", \"c\"];", NULL,
     "keep flags (b c)"},
    {"no flags", "require \"imap4flags\"; setflag \"a\"; setflag \"\"; keep;", NULL,
     "keep flags ()"},
    {"wrong flags are dropped", "require \"imap4flags\"; addflag \"\\\\Recent a(b ok\"; keep;",
     NULL, "keep flags (ok)"},
};

static const struct sieve_case addresses[] = {
    {"RFC 5233: user and detail",
     "require [\"envelope\", \"subaddress\", \"fileinto\"];\n"
     "if envelope :user \"to\" \"roadrunner\" { if envelope :detail \"to\" \"fast\" "
     "{ fileinto \"fast\"; } }",
     NULL, "fileinto \"fast\""},
    {"RFC 5233 section 4: mtg",
     "require \"subaddress\"; if address :detail \"to\" \"list\" { discard; }", NULL, "discard"},
    {"RFC 5233: no detail, nothing to compare",
     "require \"subaddress\"; if address :detail :contains \"from\" \"\" { discard; }", NULL,
     "implicit keep"},
    {"RFC 6009: notify",
     "require [\"envelope\", \"envelope-dsn\"]; if envelope \"notify\" \"success,failure\" "
     "{ discard; }",
     NULL, "discard"},
    {"RFC 6009: orcpt",
     "require [\"envelope\", \"envelope-dsn\"]; if envelope :matches \"orcpt\" "
     "\"rfc822;*@acme.example.com\" { discard; }",
     NULL, "discard"},
    {"RFC 6009: deliver by",
     "require [\"envelope\", \"envelope-deliverby\", \"relational\", "
     "\"comparator-i;ascii-numeric\"]; if envelope :value \"le\" :comparator \"i;ascii-numeric\" "
     "\"bytimerelative\" \"120\" { discard; }",
     NULL, "discard"},
    {"RFC 6009: not required", "require \"envelope\"; if envelope \"envid\" \"x\" {}", NULL,
     "line 1: \"envid\" needs: require \"envelope-dsn\""},
    {"RFC 6009: redirect",
     "require [\"redirect-dsn\", \"redirect-deliverby\"]; redirect :notify \"FAILURE\" :ret "
     "\"HDRS\" "
     ":bytimerelative 600 :bymode \"return\" :bytrace \"a@example.com\";",
     NULL, "redirect \"a@example.com\" notify \"FAILURE\" ret \"HDRS\" by 600;RT"},
    {"RFC 6009: absolute",
     "require \"redirect-deliverby\"; redirect :bytimeabsolute \"2026-11-22T11:00:00Z\" "
     "\"a@example.com\";",
     NULL, "redirect \"a@example.com\" by 3600;N"},
    {"RFC 6009: wrong",
     "require \"redirect-dsn\"; redirect :notify \"NEVER,DELAY\" \"a@b.example\";", NULL,
     "line 1: \"NEVER,DELAY\" does not go with \":notify\""},
    {"RFC 6134 section 3: list",
     "require [\"envelope\", \"extlists\", \"fileinto\"]; if envelope :list \"from\" "
     "\"tag:example.com,2009-05-28:AddrBook\" { fileinto \"known\"; }",
     NULL, "fileinto \"known\""},
    {"RFC 6134: not in the list",
     "require [\"extlists\"]; if header :list \"subject\" \"tag:example.com,2009-05-28:AddrBook\" "
     "{ discard; }",
     NULL, "implicit keep"},
    {"RFC 6134: redirect :list",
     "require [\"extlists\", \"copy\"]; redirect :copy :list \":addrbook:default\";", NULL,
     "redirect list \":addrbook:default\" copy; implicit keep"},
    {"RFC 6134: valid_ext_list",
     "require \"extlists\"; if allof (valid_ext_list \"tag:example.com,2009-05-28:x\", not "
     "valid_ext_list \"urn:none\") { discard; }",
     NULL, "discard"},
};

static const struct sieve_case refusals[] = {
    {"RFC 5429 section 2.1: ereject",
     "require [\"ereject\"]; if address \"from\" \"coyote@desert.example.org\" { ereject \"I am "
     "not "
     "taking mail from you\"; }",
     NULL, "ereject \"I am not taking mail from you\""},
    {"RFC 5429 section 2.2: reject",
     "require [\"reject\"]; if size :over 10 { reject text:\nYour message is to big.\n"
     "If you want to send me a big attachment, put it on a public web site.\n.\n; }",
     NULL,
     "reject \"Your message is to big.\\nIf you want to send me a big attachment, put it on a "
     "public web site.\\n\""},
    {"RFC 5429 section 2.4: with keep", "require \"reject\"; keep; reject \"no\";", NULL,
     "error: line 1: \"reject\" may not go with what line 1 does"},
    {"with discard", "require \"reject\"; discard; reject \"no\";", NULL, "reject \"no\""},
    {"both", "require [\"reject\", \"ereject\"]; reject \"a\"; ereject \"b\";", NULL,
     "error: line 1: \"ereject\" may not go with what line 1 does"},
};

static const struct sieve_case places[] = {
    {"RFC 5490 section 3.1: mailboxexists",
     "require [\"fileinto\", \"reject\", \"mailbox\"]; if mailboxexists \"Partners\" { fileinto "
     "\"Partners\"; } else { reject \"This message was not accepted\"; }",
     NULL, "fileinto \"Partners\""},
    {"RFC 5490 section 3.2: create",
     "require [\"fileinto\", \"mailbox\"]; fileinto :create \"Partners\"; if mailboxexists "
     "[\"Work\", \"None\"] { discard; }",
     NULL, "fileinto \"Partners\" create"},
    {"RFC 5490 section 3.3: metadata",
     "require [\"mboxmetadata\", \"fileinto\"]; if metadata :is \"INBOX\" "
     "\"/private/vendor/vendor.isode/auto-replies\" \"on\" { fileinto \"Work\"; }",
     NULL, "fileinto \"Work\""},
    {"RFC 5490 section 3.4",
     "require \"mboxmetadata\"; if metadataexists \"INBOX\" [\"/private/comment\"] { discard; }",
     NULL, "discard"},
    {"RFC 5490 section 4",
     "require \"servermetadata\"; if allof (servermetadata :matches "
     "\"/private/vendor/vendor.isode/auto-replies\" \"o?\", not servermetadataexists \"/none\") "
     "{ discard; }",
     NULL, "discard"},
    {"RFC 8579 section 3: specialuse_exists",
     "require [\"fileinto\", \"special-use\", \"mailbox\"]; if specialuse_exists \"\\\\Junk\" "
     "{ fileinto :specialuse \"\\\\Junk\" :create \"Spam\"; }",
     NULL, "fileinto \"Spam\" specialuse \"\\\\Junk\" create"},
    {"RFC 8579: of one folder",
     "require \"special-use\"; if allof (specialuse_exists \"Spam\" \"\\\\Junk\", not "
     "specialuse_exists \"INBOX\" [\"\\\\Junk\"]) { discard; }",
     NULL, "discard"},
    {"RFC 9042 section 4: mailboxid",
     "require [\"fileinto\", \"mailboxid\"]; if header :contains [\"from\"] \"coyote\" { fileinto "
     ":mailboxid \"F6352ae03-b7f5-463c-896f-d8b48ee3\" \"INBOX.harassment\"; }",
     NULL, "fileinto \"INBOX.harassment\" mailboxid \"F6352ae03-b7f5-463c-896f-d8b48ee3\""},
    {"RFC 9042 section 4.3: mailboxidexists",
     "require \"mailboxid\"; if mailboxidexists \"F6352ae03-b7f5-463c-896f-d8b48ee3\" { discard; }",
     NULL, "discard"},
    {"RFC 9042 section 4.2: not both",
     "require [\"fileinto\", \"mailboxid\", \"special-use\"]; fileinto :mailboxid \"F1\" "
     ":specialuse \"\\\\Junk\" \"x\";",
     NULL, "line 1: \":specialuse\" and \":mailboxid\" exclude each other"},
};

static const struct sieve_case more_tests[] = {
    {"RFC 5183 section 4: environment",
     "require [\"environment\"]; if allof (environment :contains \"phase\" \"during\", environment "
     ":is \"location\" \"MDA\", not environment :contains \"unknown\" \"\") { discard; }",
     NULL, "discard"},
    {"RFC 5463: ihave",
     "require \"ihave\"; if ihave \"vnd.none\" { frobnicate; } elsif ihave [\"fileinto\", "
     "\"copy\"] "
     "{ fileinto :copy \"Work\"; }",
     NULL, "fileinto \"Work\" copy; implicit keep"},
    {"RFC 5463: what is not there is an error when it is run",
     "require \"ihave\"; if header :contains \"subject\" \"present\" {\n frobnicate \"x\"; }", NULL,
     "error: line 2: \"frobnicate\" is no command"},
    {"RFC 5463 section 5: error",
     "require \"ihave\"; if not ihave \"none\" {\nerror \"no none\"; }", NULL,
     "error: line 2: the script says: no none"},
    {"RFC 7352 section 4: duplicate", "require \"duplicate\"; if duplicate { discard; }", NULL,
     "implicit keep"},
    {"RFC 7352: arguments",
     "require [\"duplicate\", \"variables\"]; if duplicate :handle \"x\" :seconds 1800 :last "
     ":uniqueid \"${1}\" { discard; }",
     NULL, "implicit keep"},
    {"RFC 7352: not both", "require \"duplicate\"; if duplicate :header \"a\" :uniqueid \"b\" {}",
     NULL, "line 1: \":header\" and \":uniqueid\" exclude each other"},
    {"RFC 9671: processcalendar",
     "require [\"processcalendar\", \"variables\", \"fileinto\"]; processcalendar :updatesonly "
     ":outcome "
     "\"o\" :reason \"why\"; fileinto \"${o} ${why}\";",
     NULL, "fileinto \"updated tested\""},
    {"regex",
     "require [\"regex\", \"variables\", \"fileinto\"]; if header :regex \"subject\" \"I (h.*) a "
     "(p[a-z]+)\" { fileinto \"${2}-${1}\"; }",
     NULL, "fileinto \"present-have\""},
    {"regex, comparator",
     "require \"regex\"; if header :comparator \"i;octet\" :regex \"subject\" \"PRESENT\" { "
     "discard; "
     "}",
     NULL, "implicit keep"},
    {"regex, wrong", "require \"regex\";\nif header :regex \"subject\" \"(a\" { discard; }", NULL,
     "line 2: this is no regular expression: missing closing parenthesis, at its byte 3"},
    {"regex, quoted",
     "require [\"regex\", \"variables\"]; set :quoteregex \"q\" \"a.c\"; if string :regex \"abc\" "
     "\"${q}\" { discard; }",
     NULL, "implicit keep"},
};

static const struct sieve_case dates[] = {
    {"RFC 5260 section 4: date",
     "require [\"date\", \"relational\", \"fileinto\"]; if allof (header :is \"from\" \"\\\"Wile "
     "E. "
     "Coyote\\\" <coyote@desert.example.org>\", date :value \"ge\" :originalzone \"date\" \"hour\" "
     "\"09\", date :value \"lt\" :originalzone \"date\" \"hour\" \"17\") { fileinto \"urgent\"; }",
     NULL, "fileinto \"urgent\""},
    {"RFC 5260 section 4.1: the local zone, as it is at that date",
     "require [\"date\", \"variables\", \"fileinto\"]; if date :matches \"X-Then\" \"iso8601\" "
     "\"*\" { set "
     "\"a\" \"${1}\"; } if date :matches \"X-Later\" \"iso8601\" \"*\" { fileinto \"${a} ${1}\"; }",
     "X-Then: Mon, 01 Jul 2024 23:30:00 +0200\nX-Later: Tue, 01 Jul 2025 23:30:00 +0200\n\nx\n",
     "fileinto \"2024-07-01T22:30:00+01:00 2025-07-01T21:30:00+00:00\""},
    {"RFC 5260: zone",
     "require \"date\"; if date :zone \"+0530\" \"date\" \"time\" \"15:28:00\" "
     "{ discard; }",
     NULL, "discard"},
    {"RFC 5260: parts",
     "require [\"date\", \"variables\", \"fileinto\"]; if allof ("
     "date :matches :zone \"+0100\" \"date\" \"std11\" \"*\") { set \"a\" \"${1}\"; }"
     "if date :matches :zone \"+0100\" \"date\" \"iso8601\" \"*\" { set \"b\" \"${1}\"; }"
     "if date :matches :zone \"+0100\" \"date\" \"julian\" \"*\" { set \"c\" \"${1}\"; }"
     "if date :matches :zone \"+0100\" \"date\" \"weekday\" \"*\" { set \"d\" \"${1}\"; }"
     "if date :matches :originalzone \"date\" \"zone\" \"*\" { set \"e\" \"${1}\"; }"
     "if date :matches \"date\" \"date\" \"*\" { fileinto \"${a}|${b}|${c}|${d}|${e}|${1}\"; }",
     NULL,
     "fileinto \"Sun, 22 Nov 2026 10:58:00 +0100|2026-11-22T10:58:00+01:00|61366|0|+0100|"
     "2026-11-22\""},
    {"RFC 5260 section 5: currentdate",
     "require [\"date\", \"relational\", \"fileinto\"]; if anyof (currentdate :is \"weekday\" "
     "\"0\", "
     "currentdate :value \"lt\" \"hour\" \"09\") { fileinto \"weekend\"; }",
     NULL, "fileinto \"weekend\""},
    {"std11 has two digits of the day",
     "require \"date\"; if date :originalzone \"date\" \"std11\" \"Tue, 04 Mar 2025 09:00:00 "
     "+0000\" "
     "{ discard; }",
     "Date: Tue, 4 Mar 2025 09:00:00 +0000\n\nb\n", "discard"},
    {"date of Received",
     "require [\"date\", \"index\"]; if date :index 1 :zone \"+0000\" \"received\" \"date\" "
     "\"2026-11-21\" { discard; }",
     NULL, "discard"},
    {"RFC 5260 section 6: index",
     "require [\"index\", \"fileinto\"]; if header :index 2 \"x\" \"b\" { if header :index 1 :last "
     "\"x\" \"c\" { fileinto \"Work\"; } }",
     "X: a\nX: b\nX: c\n\nb\n", "fileinto \"Work\""},
    {"index past the end", "require \"index\"; if header :index 2 \"subject\" \"\" { discard; }",
     NULL, "implicit keep"},
    {"last alone", "require \"index\"; if header :last \"x\" \"\" {}", NULL,
     "line 1: \":last\" goes with \":index\" only"},
    {"no such part", "require \"date\"; if currentdate \"century\" \"20\" {}", NULL,
     "line 1: \"century\" is no part of a date"},
};

#define CHECK(cases) sieve_cases_check(cases, sizeof(cases) / sizeof(cases)[0])

static void extensions(void **state)
{
    (void)state;
    CHECK(copy_and_body);
    CHECK(variables);
    CHECK(relational);
    CHECK(flags);
    CHECK(addresses);
    CHECK(refusals);
    CHECK(places);
    CHECK(more_tests);
    CHECK(dates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(extensions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
