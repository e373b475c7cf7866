/* The base language: RFC 5228, with its own examples. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct sieve_case cases[] = {
    {"empty", "", NULL, "implicit keep"},
    {"comments", "# one\n/* two\n lines */ keep /* a */ ; # last", NULL, "keep"},
    {"keep", "keep;", NULL, "keep"},
    {"discard", "discard;", NULL, "discard"},
    {"case of words", "DISCARD; Keep;", NULL, "keep"},
    {"stop", "discard; stop; keep;", NULL, "discard"},
    {"redirect", "redirect \"bart@example.com\";", NULL, "redirect \"bart@example.com\""},
    {"redirect, no address", "redirect \"bart\";", NULL, "line 1: \"bart\" is no mail address"},
    {"fileinto", "require \"fileinto\"; fileinto \"Work\";", NULL, "fileinto \"Work\""},
    {"fileinto twice",
     "require \"fileinto\"; fileinto \"Work\"; fileinto \"Spam\"; fileinto \"Work\";", NULL,
     "fileinto \"Work\"; fileinto \"Spam\""},
    {"keep is INBOX", "require \"fileinto\"; fileinto \"inbox\"; keep;", NULL,
     "fileinto \"inbox\""},
    {"a copy into the inbox is the implicit keep",
     "require [\"fileinto\", \"copy\"]; fileinto :copy \"Work\"; fileinto :copy \"INBOX\";", NULL,
     "fileinto \"Work\" copy; implicit keep"},
    {"section 2.4.2, multi-line", "require \"reject\"; reject text:\nhello\n..dot\n.\n;", NULL,
     "reject \"hello\\n.dot\\n\""},
    {"quotes", "require \"fileinto\"; fileinto \"a\\\"b\\\\c\\d\";", NULL,
     "fileinto \"a\\\"b\\\\cd\""},
    {"section 2.4.2.4, hex",
     "require [\"encoded-character\",\"fileinto\"]; fileinto \"$${hex:40}\";", NULL,
     "fileinto \"$@\""},
    {"section 2.4.2.4, more",
     "require [\"encoded-character\",\"fileinto\"];"
     "fileinto \"${hex: 40 }|${HEX: 40}|${hex:40|${hex:400}|${hex:4${hex:30}}|${unicode:40}|"
     "${ unicode:40}|${UNICODE:40}|${UnICoDE:0000040}|${Unicode:40}|${Unicode:Cool}\";",
     NULL,
     "fileinto \"@|@|${hex:40|${hex:400}|${hex:40}|@|${ unicode:40}|@|${UnICoDE:0000040}|@|"
     "${Unicode:Cool}\""},
    {"section 2.4.2.4, surrogate",
     "require [\"encoded-character\",\"fileinto\"]; fileinto \"${unicode:200000}\";", NULL,
     "line 1: an encoded character is none of Unicode"},
    {"section 2.7.1, contains", "if header :contains \"subject\" \"PRESENT\" { discard; }", NULL,
     "discard"},
    {"is", "if header :is \"subject\" \"i have a present for you\" { discard; }", NULL, "discard"},
    {"octet",
     "if header :is :comparator \"i;octet\" \"subject\" \"i have a present for you\" "
     "{ discard; }",
     NULL, "implicit keep"},
    {"section 5.7, X-Caffeine", "if header :is [\"X-Caffeine\"] [\"\"] { discard; }", NULL,
     "implicit keep"},
    {"section 5.7, contains nothing", "if header :contains [\"X-Caffeine\"] [\"\"] { discard; }",
     NULL, "discard"},
    {"section 5.7, empty value", "if header :is \"X-Empty\" \"\" { discard; }", NULL, "discard"},
    {"no field", "if header :contains \"X-None\" \"\" { discard; }", NULL, "implicit keep"},
    {"matches", "if header :matches \"subject\" \"I have a * for ?ou\" { discard; }", NULL,
     "discard"},
    {"matches, escaped star",
     "if header :matches \"subject\" \"I have a \\\\* for you\" { discard; }", NULL,
     "implicit keep"},
    {"address parts", "if address :domain :is [\"from\", \"to\"] \"example.net\" { discard; }",
     NULL, "discard"},
    {"section 2.7.4", "if address :localpart :is \"from\" \"Coyote\" { discard; }", NULL,
     "discard"},
    {"address all", "if address \"from\" \"coyote@desert.example.org\" { discard; }", NULL,
     "discard"},
    {"section 3.1, if and elsif",
     "require \"fileinto\";\n"
     "if header :contains \"from\" \"coyote\" { discard; }\n"
     "elsif header :contains [\"subject\"] [\"$$$\"] { discard; }\n"
     "else { fileinto \"INBOX\"; }",
     NULL, "discard"},
    {"section 3.1, the second",
     "require \"fileinto\";\n"
     "if header :contains [\"From\"] [\"spam.example\"] { discard; }\n"
     "elsif header :contains \"Subject\" \"present\" { redirect \"a@example.com\"; }\n"
     "else { redirect \"postmaster@example.com\"; }",
     NULL, "redirect \"a@example.com\""},
    {"else", "if false { discard; } else { redirect \"p@example.com\"; }", NULL,
     "redirect \"p@example.com\""},
    {"elsif twice", "if false {} elsif false {} elsif true { discard; } else { keep; }", NULL,
     "discard"},
    {"after a branch", "if true {} else { discard; } redirect \"p@example.com\";", NULL,
     "redirect \"p@example.com\""},
    {"section 5.2, allof", "if allof (size :under 1M, exists [\"from\", \"to\"]) { discard; }",
     NULL, "discard"},
    {"anyof", "if anyof (false, not true, exists \"x-caffeine\") { discard; }", NULL, "discard"},
    {"exists wants all", "if exists [\"from\", \"x-none\"] { discard; }", NULL, "implicit keep"},
    {"section 5.5, not exists", "if not exists [\"From\",\"Date\"] { discard; }", NULL,
     "implicit keep"},
    {"size over", "if size :over 100 { discard; }", NULL, "discard"},
    {"size over K", "if size :over 100K { discard; } elsif size :under 1k { keep; }", NULL, "keep"},
    {"section 5.4, envelope",
     "require \"envelope\"; if envelope :all :is \"from\" \"coyote@desert.example.org\" "
     "{ discard; }",
     NULL, "discard"},
    {"numeric",
     "require \"comparator-i;ascii-numeric\"; if header :comparator \"i;ascii-numeric\" "
     "\"x-n\" \"7\" { discard; }",
     "X-N: 007 x\n\nb\n", "discard"},
    {"decoded words", "if header \"subject\" \"gr\xc3\xbc\xc3\x9f\" { discard; }",
     "Subject: =?iso-8859-1?Q?gr=FC=DF?=\n\nb\n", "discard"},
    {"folded", "if header \"subject\" \"a b\" { discard; }", "Subject: a\n b\n\nb\n", "discard"},
    {"section 6.1, unicode-casemap",
     "require \"comparator-i;unicode-casemap\"; if header :contains :comparator "
     "\"i;unicode-casemap\" \"subject\" \"GR\xc3\x9c\" { discard; }",
     "Subject: gr\xc3\xbcn\n\nb\n", "discard"},
    {"casemap is ASCII", "if header :contains \"subject\" \"GR\xc3\x9c\" { discard; }",
     "Subject: gr\xc3\xbcn\n\nb\n", "implicit keep"},
    {"unicode glob",
     "require [\"comparator-i;unicode-casemap\", \"variables\", \"fileinto\"]; if header :matches "
     ":comparator \"i;unicode-casemap\" \"subject\" \"*R\xc3\x9c?\" { fileinto \"${1}-${2}\"; }",
     "Subject: gr\xc3\xbc\xc3\x9f\n\nb\n", "fileinto \"g-\xc3\x9f\""},
};

static void base(void **state)
{
    (void)state;
    sieve_cases_check(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(base)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
