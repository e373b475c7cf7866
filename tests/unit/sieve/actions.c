/* What is sent, what is included, and messages that a script changes: RFC 5230, 5293, 5435, 5703,
   6558, 6609, 8580, with their examples. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct sieve_case sent[] = {
    {"RFC 5230 section 4: vacation",
     "require \"vacation\"; vacation :addresses [\"tjs@example.edu\", \"ts4z@landru.example.edu\"] "
     ":subject \"Out\" \"I'm away until October 19.\";",
     NULL,
     "vacation \"I'm away until October 19.\" seconds 604800 subject \"Out\" addresses "
     "(tjs@example.edu ts4z@landru.example.edu); implicit keep"},
    {"RFC 5230 section 4.1: days",
     "require \"vacation\"; if header :contains \"subject\" \"present\" { vacation :days 23 "
     ":addresses [\"tjs@example.edu\"] text:\nGone.\n.\n; }",
     NULL, "vacation \"Gone.\\n\" seconds 1987200 addresses (tjs@example.edu); implicit keep"},
    {"RFC 5230: no days is one", "require \"vacation\"; vacation :days 0 \"x\";", NULL,
     "vacation \"x\" seconds 86400; implicit keep"},
    {"RFC 5230: days have an end", "require \"vacation\"; vacation :days 4000 \"x\";", NULL,
     "vacation \"x\" seconds 31536000; implicit keep"},
    {"RFC 5230 section 4.6: mime, from",
     "require \"vacation\"; vacation :mime :from \"A <a@example.com>\" \"Content-Type: "
     "text/plain\";",
     NULL,
     "vacation \"Content-Type: text/plain\" mime seconds 604800 from \"A <a@example.com>\"; "
     "implicit keep"},
    {"RFC 5230 section 4.7: with reject",
     "require [\"vacation\", \"reject\"]; vacation \"x\";\n"
     "reject \"y\";",
     NULL, "error: line 2: \"reject\" may not go with what line 1 does"},
    {"RFC 5230: twice", "require \"vacation\"; vacation \"x\"; vacation \"y\";", NULL,
     "error: line 1: \"vacation\" answers a message only once"},
    {"RFC 5230: with discard", "require \"vacation\"; vacation \"x\"; discard;", NULL,
     "vacation \"x\" seconds 604800; discard"},
    {"RFC 6131: seconds", "require \"vacation-seconds\"; vacation :seconds 1800 \"x\";", NULL,
     "vacation \"x\" seconds 1800; implicit keep"},
    {"RFC 6131: not both", "require \"vacation-seconds\"; vacation :seconds 0 :days 1 \"x\";", NULL,
     "line 1: \":seconds\" and \":days\" exclude each other"},
    {"RFC 8580 section 4: fcc",
     "require [\"vacation\", \"fcc\", \"mailbox\", \"imap4flags\", \"special-use\"]; vacation "
     ":days 7 "
     ":from \"hemingway@example.com\" :fcc \"INBOX.Sent\" :create :flags [\"\\\\Seen\"] "
     ":specialuse "
     "\"\\\\Sent\" \"Gone fishing\";",
     NULL,
     "vacation \"Gone fishing\" seconds 604800 from \"hemingway@example.com\" fcc \"INBOX.Sent\" "
     "flags (\\Seen) specialuse \"\\\\Sent\" create; implicit keep"},
    {"RFC 8580: places go with fcc", "require [\"vacation\", \"mailbox\"]; vacation :create \"x\";",
     NULL, "line 1: \":create\" goes with \":fcc\" only"},
    {"RFC 5435 section 3.9: notify",
     "require [\"enotify\", \"fileinto\", \"variables\"]; if header :matches \"subject\" \"*\" { "
     "set "
     "\"subject\" \"${1}\"; } notify :importance \"3\" :message \"[SIEVE] ${subject}\" "
     "\"mailto:alm@example.com\"; fileinto \"Work\";",
     NULL,
     "notify \"mailto:alm@example.com\" message \"[SIEVE] I have a present for you\" importance 3; "
     "fileinto \"Work\""},
    {"RFC 5435: from and options",
     "require \"enotify\"; notify :from \"a@example.com\" :options \"x=y\" "
     "\"mailto:a%2Bb@example.com,c@example.com?subject=x&body=y\";",
     NULL,
     "notify \"mailto:a%2Bb@example.com,c@example.com?subject=x&body=y\" from \"a@example.com\" "
     "importance 2 options (x=y); implicit keep"},
    {"RFC 5436: wrong", "require \"enotify\"; notify \"mailto:alm\";", NULL,
     "line 1: \"mailto:alm\" is no address for notifications"},
    {"RFC 5437: wrong", "require \"enotify\"; notify \"xmpp:?message;body=x\";", NULL,
     "line 1: \"xmpp:?message;body=x\" is no address for notifications"},
    {"RFC 5437: what this world cannot send", "require \"enotify\"; notify \"xmpp:a@example.com\";",
     NULL, "error: line 1: no notification can be sent to \"xmpp:a@example.com\""},
    {"RFC 5435: importance",
     "require \"enotify\"; notify :importance \"4\" \"mailto:a@b.example\";", NULL,
     "line 1: the importance is \"1\", \"2\" or \"3\""},
    {"RFC 5435 section 4: valid_notify_method",
     "require \"enotify\"; if allof (valid_notify_method \"mailto:a@b.example\", not "
     "valid_notify_method [\"mailto:a@b.example\", \"tel:+1\"]) { discard; }",
     NULL, "discard"},
    {"RFC 5435 section 5: online",
     "require \"enotify\"; if notify_method_capability \"mailto:a@b.example\" \"Online\" \"maybe\" "
     "{ discard; }",
     NULL, "discard"},
    {"RFC 5435 section 6: encodeurl",
     "require [\"enotify\", \"variables\", \"fileinto\"]; set :encodeurl \"b\" \"Safe "
     "body&evil=evilbody\";"
     " fileinto \"${b}\";",
     NULL, "fileinto \"Safe%20body%26evil%3Devilbody\""},
};

static const struct sieve_case included[] = {
    {"RFC 6609 section 3.2: include",
     "require \"include\"; include :personal \"always_allow\"; discard;", NULL, "keep"},
    {"RFC 6609: actions of both",
     "require [\"include\", \"fileinto\"]; include \"files\"; fileinto \"Spam\";", NULL,
     "fileinto \"Work\"; fileinto \"Spam\""},
    {"RFC 6609: once",
     "require [\"include\", \"vacation\"]; include \"files\"; include :once "
     "\"files\"; include :once \"files\";",
     NULL, "fileinto \"Work\""},
    {"RFC 6609: not there", "require \"include\"; include \"none\";", NULL,
     "error: line 1: the script \"none\" is not there"},
    {"RFC 6609: optional", "require \"include\"; include :optional \"none\"; discard;", NULL,
     "discard"},
    {"RFC 6609: wrong", "require \"include\"; include :optional \"wrong\";", NULL,
     "error: line 1: the script \"wrong\" has errors"},
    {"RFC 6609: itself", "require \"include\";\ninclude \"loop\";", NULL,
     "error: line 1: the script \"loop\" includes itself"},
    {"RFC 6609 section 3.3: return", "require \"include\"; include \"returns\"; discard;", NULL,
     "discard"},
    {"return of the first", "require \"include\"; return; discard;", NULL, "implicit keep"},
    {"RFC 6609 section 3.4.1: global",
     "require [\"variables\", \"include\", \"fileinto\"]; global \"verdict\"; include :global "
     "\"spam_tests\"; if string :is \"${verdict}\" \"spam\" { fileinto \"${global.verdict}\"; }",
     NULL, "fileinto \"spam\""},
    {"RFC 6609 section 3.4.2: global namespace",
     "require [\"variables\", \"include\", \"fileinto\"]; set \"global.x\" \"1\"; fileinto "
     "\"${global.x}${x}\";",
     NULL, "fileinto \"1\""},
    {"variables are a script's own",
     "require [\"variables\", \"include\", \"fileinto\"]; set \"mine\" \"1\"; include "
     "\"own_variable\"; fileinto \"${mine}\";",
     NULL, "fileinto \"1\""},
    {"the name may not vary",
     "require [\"variables\", \"include\"]; set \"a\" \"x\"; include \"${a}\";", NULL,
     "line 1: the name of a script may not depend on variables"},
};

static const char plain[] = "From: a@example.com\nSubject: old\nX-A: 1\nX-A: 2\n\nbody\n";

static const char pictures[] =
    "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Kept: 1\nContent-Type: "
    "image/tiff; name=scan.1.tif; x=y\nContent-Disposition: inline; filename=\"scan.tiff\"\n"
    "Content-Transfer-Encoding: 7bit\n\nII*\n--b\nContent-Type: image/jpeg\n\nJPEG\n--b--\n";

static const char two_texts[] = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
                                "text/plain\n\na\n--b--\n";

static const struct sieve_case edited[] = {
    {"nothing", "keep;", plain, "as it came"},
    {"RFC 5293 section 4: addheader",
     "require \"editheader\"; addheader \"X-Sieve-Filtered\" \"<kim@job.example.com>\";", plain,
     "X-Sieve-Filtered: <kim@job.example.com>\nFrom: a@example.com\nSubject: old\nX-A: 1\nX-A: "
     "2\n\n"
     "body\n"},
    {"RFC 5293: last, with UTF-8, on one line",
     "require \"editheader\"; addheader :last \"X-N\" \"gr\xc3\xbc\xc3\x9f\r\nBcc: "
     "x@example.com\";",
     plain,
     "From: a@example.com\nSubject: old\nX-A: 1\nX-A: 2\nX-N: "
     "=?utf-8?B?Z3LDvMOfICBCY2M6IHhAZXhhbXBsZS5jb20=?=\n\nbody\n"},
    {"RFC 5293 section 5: deleteheader", "require \"editheader\"; deleteheader \"x-a\";", plain,
     "From: a@example.com\nSubject: old\n\nbody\n"},
    {"RFC 5293: by index from the end",
     "require \"editheader\"; deleteheader :index 1 :last \"x-a\";", plain,
     "From: a@example.com\nSubject: old\nX-A: 1\n\nbody\n"},
    {"RFC 5293: by value", "require \"editheader\"; deleteheader :is \"x-a\" [\"3\", \"1\"];",
     plain, "From: a@example.com\nSubject: old\nX-A: 2\n\nbody\n"},
    {"RFC 5293: not the trace", "require \"editheader\"; deleteheader \"Received\";",
     "Received: x\nSubject: a\n\nb\n", "as it came"},
    {"an action before has it as it was",
     "require [\"editheader\", \"fileinto\"]; fileinto \"A\"; deleteheader \"subject\"; keep;",
     plain, "as it came"},
    {"RFC 5703 section 5: replace",
     "require [\"mime\", \"replace\", \"foreverypart\"]; foreverypart { if header :mime :param "
     "\"filename\" :matches [\"Content-Type\", \"Content-Disposition\"] [\"*.exe\"] { replace "
     "\"Executable removed\"; } }",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: "
     "application/octet-stream\nContent-Disposition: attachment; filename=a.exe\n\nMZ\n--b--\n",
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\nContent-Type: text/plain; "
     "charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nExecutable removed\n--b--\n"},
    {"RFC 5703: the whole message, with subject",
     "require \"replace\"; replace :subject \"new\" \"other\";", plain,
     "From: a@example.com\nX-A: 1\nX-A: 2\nOriginal-Subject: old\nSubject: new\nMIME-Version: 1.0\n"
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nother"},
    {"RFC 5703 section 6: enclose",
     "require \"enclose\"; enclose :subject \"Warning\" :headers [\"X-W: 1\"] \"Take care\";",
     plain,
     "From: a@example.com\nSubject: Warning\nX-W: 1\nMIME-Version: 1.0\nContent-Type: "
     "multipart/mixed; boundary=\"=_sieve_910a2dec89025cc1\"\n\n--=_sieve_910a2dec89025cc1\n"
     "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nTake care\n"
     "--=_sieve_910a2dec89025cc1\nContent-Type: message/rfc822\n\nFrom: a@example.com\nSubject: "
     "old\nX-A: 1\nX-A: 2\n\nbody\n\n--=_sieve_910a2dec89025cc1--\n"},
    {"RFC 6558 section 2, first example",
     "require \"convert\"; convert \"image/tiff\" \"image/jpeg\" [\"pix-x=320\", \"pix-y=240\"];",
     pictures,
     "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Kept: 1\n"
     "Content-Type: image/jpeg; name=scan.1.jpg\nContent-Transfer-Encoding: base64\n"
     "Content-Disposition: inline; filename=scan.jpg\n\n"
     "anBlZyBvZiBJSSosIHBpeC14PTMyMCBwaXgteT0yNDA=\n\n--b\n"
     "Content-Type: image/jpeg\n\nJPEG\n--b--\n"},
    {"RFC 6558, third example: in a loop its part alone",
     "require [\"mime\", \"foreverypart\", \"convert\"]; foreverypart { if header :mime :param "
     "\"filename\" :contains \"Content-Disposition\" \"scan\" { if size :over 500K { convert "
     "\"image/jpeg\" \"image/jpeg\" [\"pix-x=640\"]; } else { convert \"image/tiff\" "
     "\"image/jpeg\" "
     "[\"pix-x=320\"]; } } }",
     pictures,
     "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX-Kept: 1\n"
     "Content-Type: image/jpeg; name=scan.1.jpg\nContent-Transfer-Encoding: base64\n"
     "Content-Disposition: inline; filename=scan.jpg\n\n"
     "anBlZyBvZiBJSSosIHBpeC14PTMyMA==\n\n--b\n"
     "Content-Type: image/jpeg\n\nJPEG\n--b--\n"},
    {"the same type keeps name and parameters; a whole message gets what it needs to say so",
     "require \"convert\"; convert \"text/plain\" \"text/plain\" [\"charset=utf-8\"];",
     "Subject: s\nContent-Length: 4\n\nhm.\n",
     "MIME-Version: 1.0\nSubject: s\nContent-Type: text/plain; charset=utf-8\n"
     "Content-Transfer-Encoding: 7bit\n\nhm.\n as text, charset=utf-8"},
    {"parameters of the type, and of the disposition but for its size",
     "require \"convert\"; convert \"text/plain\" \"text/plain\" [\"charset=utf-8\"];",
     "MIME-Version: 1.0\nContent-Disposition: attachment; size=4; filename*=utf-8''%C3%BC.log; "
     "x=y\nContent-Type: text/plain; charset=latin1; format=flowed; name=a.log\nContent-MD5: "
     "x\nSubject: s\n\nhm.",
     "MIME-Version: 1.0\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.log; x=y\n"
     "Content-Type: text/plain; charset=utf-8; name=a.log; format=flowed\n"
     "Content-Transfer-Encoding: 7bit\nSubject: s\n\nhm. as text, charset=utf-8"},
    {"what it becomes cannot end the part",
     "require \"convert\"; convert \"text/plain\" \"text/plain\" [\"\n--b--\"];", two_texts,
     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n"
     "Content-Transfer-Encoding: base64\n\nYSBhcyB0ZXh0LCANCi0tYi0t\n\n--b--\n"},
    {"signed and encrypted parts stay",
     "require \"convert\"; convert \"text/plain\" \"text/plain\" [\"charset=utf-8\"];",
     "Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
     "boundary=c\n\n--c\n\na\n--c--\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n",
     "as it came"},
    {"so do parts in what is encrypted, and other types",
     "require \"convert\"; convert \"text/plain\" \"text/plain\" [\"charset=utf-8\"]; convert "
     "\"image/gif\" \"image/jpeg\" [\"pix-x=1\"];",
     "Content-Type: multipart/encrypted; boundary=b\n\n--b\n\na\n--b--\n", "as it came"},
    {"a type that cannot be written",
     "require \"convert\"; convert \"text/plain\" \"image/jpeg; a=b\" [\"pix-x=1\"];", plain,
     "as it came"},
    {"changes are seen by tests behind them",
     "require [\"editheader\", \"fileinto\"]; addheader \"X-New\" \"1\"; if not header \"x-new\" "
     "\"1\" { discard; stop; } deleteheader \"x-new\"; deleteheader \"subject\"; if exists "
     "\"subject\" { discard; }",
     plain, "From: a@example.com\nX-A: 1\nX-A: 2\n\nbody\n"},
};

static const char parts[] = "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
                            "Content-Type: text/plain; charset=iso-8859-1\n\ngr\xfc\xdf\n--b\n"
                            "Content-Type: image/gif; name=x.gif\nContent-MD5: x\n\nGIF\n--b--\n";

static const struct sieve_case mime[] = {
    {"RFC 5703 section 4.2: header :mime",
     "require [\"mime\", \"fileinto\"]; if header :mime :type \"Content-Type\" \"multipart\" "
     "{ fileinto \"INBOX.mixed\"; }",
     parts, "fileinto \"INBOX.mixed\""},
    {"RFC 5703: anychild",
     "require [\"mime\", \"fileinto\"]; if header :mime :anychild :contenttype \"Content-Type\" "
     "\"image/gif\" { fileinto \"INBOX.images\"; }",
     parts, "fileinto \"INBOX.images\""},
    {"RFC 5703 section 4.4: exists",
     "require [\"mime\", \"fileinto\"]; if exists :mime :anychild \"content-md5\" { fileinto "
     "\"INBOX.md5\"; }",
     parts, "fileinto \"INBOX.md5\""},
    {"without :mime only the message", "if exists \"content-md5\" { discard; }", parts,
     "implicit keep"},
    {"RFC 5703 section 4.3: any name",
     "require \"mime\"; if address :mime :is :all \"content-from\" \"tim@example.com\" { discard; "
     "}",
     parts, "implicit keep"},
    {"RFC 5703 section 7: extracttext",
     "require [\"mime\", \"foreverypart\", \"variables\", \"extracttext\", \"fileinto\"]; "
     "foreverypart { if header :mime :type \"content-type\" \"text\" { extracttext :first 100 "
     ":upper \"msgcontent\"; break; } } fileinto \"${msgcontent}\";",
     parts, "fileinto \"GR\xc3\xbc\xc3\x9f\""},
    {"RFC 6558 section 2, second example: true when a part was converted",
     "require [\"mime\", \"fileinto\", \"convert\"]; if header :mime :anychild :contenttype "
     "\"Content-Type\" \"image/tiff\" { if convert \"image/tiff\" \"image/jpeg\" [\"pix-x=320\","
     "\"pix-y=240\"] { fileinto \"INBOX.pics\"; } }",
     pictures, "fileinto \"INBOX.pics\" edited"},
    {"false when none was",
     "require [\"fileinto\", \"convert\"]; if convert \"image/tiff\" \"image/png\" [\"pix-x=320\"] "
     "{ fileinto \"a\"; } elsif convert \"image/webp\" \"image/jpeg\" [\"pix-x=320\"] { discard; }",
     pictures, "implicit keep"},
    {"RFC 6558, fourth example: what was converted is seen by what comes behind",
     "require [\"mime\", \"foreverypart\", \"fileinto\", \"convert\"]; if header :mime :anychild "
     ":contenttype \"Content-Type\" \"image/tiff\" { convert \"image/tiff\" \"image/jpeg\" "
     "[\"pix-x=640\",\"pix-y=480\"]; fileinto \"INBOX.pics\"; } foreverypart { if header :mime "
     ":param "
     "\"filename\" :contains \"Content-Disposition\" \"scan\" { convert \"image/jpeg\" "
     "\"image/jpeg\" "
     "[\"pix-x=320\",\"pix-y=240\"]; } } if exists \"Mobile-Link\" { redirect "
     "\"joe@mobile.example.com\"; } if header :mime :anychild :contenttype \"Content-Type\" "
     "\"image/tiff\" { fileinto \"Tiff\"; }",
     pictures, "fileinto \"INBOX.pics\" edited"},
    {"names of parameters",
     "require [\"mime\", \"variables\", \"foreverypart\", \"fileinto\"]; foreverypart { if header "
     ":mime :param [\"filename\", \"name\"] :matches \"Content-Type\" \"*.gif\" { fileinto "
     "\"${1}\"; "
     "} }",
     parts, "fileinto \"x\""},
    {"break by name",
     "require [\"foreverypart\", \"variables\", \"fileinto\"]; foreverypart :name \"a\" { "
     "foreverypart { set \"n\" \"${n}i\"; break :name \"a\"; } } fileinto \"${n}\";",
     parts, "fileinto \"i\""},
    {"no such loop", "require \"foreverypart\"; foreverypart { break :name \"b\"; }", parts,
     "line 1: there is no loop \"b\" around this"},
    {"no loop", "require \"foreverypart\"; break;", parts, "line 1: there is no loop around this"},
    {"too many loops",
     "require \"foreverypart\"; foreverypart { foreverypart { foreverypart { foreverypart {\n"
     "foreverypart { } } } } }",
     parts, "line 2: loops in each other: no more than 4"},
};

#define COUNT(cases) (sizeof(cases) / sizeof(cases)[0])

static void actions(void **state)
{
    (void)state;
    sieve_cases_check(sent, COUNT(sent));
    sieve_cases_check(included, COUNT(included));
    sieve_cases_check(mime, COUNT(mime));
}

static void edits(void **state)
{
    (void)state;
    sieve_edits_check(edited, COUNT(edited));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(actions), cmocka_unit_test(edits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
