/* Signatures of S/MIME: forty messages made by openssl, whose own verdict is heard as well. */
#include "unit.h"

#include "base/clock.h"
#include "core/change.h"
#include "format/summary.h"
#include "helper/smime/smime.h"
#include "imap/world.h"
#include "service/smime/smime.h"
#include "service/smime/trust.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/postroad-smime-XXXXXX";

static int shell(const char *line)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int make(void **state)
{
    char line[200];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(line, sizeof line, "tests/world/smime/make.sh %s", folder);
    assert_int_equal(shell(line), 0);
    return 0;
}

static int unmake(void **state)
{
    char line[200];
    (void)state;
    snprintf(line, sizeof line, "rm -r %s", folder);
    return shell(line);
}

static struct str file(struct arena *a, const char *name, const char *end)
{
    struct str path = str_printf(a, "%s/%s%s", folder, name, end);
    int fd = open(path.p, O_RDONLY);
    struct stat st;
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *p = arena_alloc(a, (size_t)st.st_size + 1);
    size_t n = 0;
    for (ssize_t got; (got = read(fd, p + n, (size_t)st.st_size - n)) > 0;)
        n += (size_t)got;
    close(fd);
    return str_of(p, n);
}

/* No cage: its reader, in this process. */
static enum code uncaged(struct ctx *cx, void *self, struct str job, struct str *out)
{
    struct buf b = buf_of(cx->arena, SMIME_VERDICT_BYTES);
    enum code *refuse = self;
    if (refuse && *refuse != OK)
        return *refuse;
    if (!reader_smime(job, &b))
        return E_SYNTAX;
    *out = buf_str(&b);
    return OK;
}

static struct smime *opened(struct arena *a, struct core *core, enum code *refuse)
{
    const struct smime_parts parts = {.core = core,
                                      .run = uncaged,
                                      .self = refuse,
                                      .trust = str_printf(a, "%s/trust.pem", folder)};
    smime_prepare();
    return smime_open(&parts);
}

#define BIT(fault) (1u << SMIME_##fault)

/* What openssl does not ask: whose address it is, what is safe, what is shown beside it. */
enum { OURS = BIT(WRONG_ADDRESS) | BIT(NO_ADDRESS) | BIT(WEAK_DIGEST) | BIT(WEAK_KEY) };

static const struct {
    const char *name;
    enum smime_status status;
    uint32_t faults;
} wanted[] = {
    {"good", SMIME_IS_VERIFIED, 0},
    {"name", SMIME_IS_VERIFIED, 0},
    {"opaque", SMIME_IS_VERIFIED, 0},
    {"subject", SMIME_IS_VERIFIED, 0},
    {"two", SMIME_IS_VERIFIED, 0},
    {"both", SMIME_IS_VERIFIED, 0},
    {"sha512", SMIME_IS_VERIFIED, 0},
    {"noattr", SMIME_IS_VERIFIED, 0},
    {"chain", SMIME_IS_VERIFIED, 0},
    {"wide", SMIME_IS_VERIFIED, 0},
    {"keyid", SMIME_IS_VERIFIED, 0},
    {"parts", SMIME_IS_VERIFIED, 0},
    {"partsopaque", SMIME_IS_VERIFIED, 0},
    {"twice", SMIME_IS_VERIFIED, 0},
    {"huge", SMIME_IS_VERIFIED, 0},
    {"hugeopaque", SMIME_IS_VERIFIED, 0},
    {"lf", SMIME_IS_VERIFIED, 0},
    {"changed", SMIME_IS_FAILED, BIT(CHANGED)},
    {"address", SMIME_IS_FAILED, BIT(WRONG_ADDRESS)},
    {"onlyone", SMIME_IS_FAILED, BIT(WRONG_ADDRESS)},
    {"nofrom", SMIME_IS_FAILED, BIT(NO_ADDRESS)},
    {"twofrom", SMIME_IS_FAILED, BIT(NO_ADDRESS)},
    {"unknown", SMIME_IS_FAILED, BIT(UNKNOWN_AUTHORITY)},
    {"nochain", SMIME_IS_FAILED, BIT(UNKNOWN_AUTHORITY)},
    {"mixed", SMIME_IS_FAILED, BIT(UNKNOWN_AUTHORITY)},
    {"expired", SMIME_IS_FAILED, BIT(EXPIRED)},
    {"later", SMIME_IS_FAILED, BIT(NOT_YET)},
    {"purpose", SMIME_IS_FAILED, BIT(WRONG_PURPOSE)},
    {"revoked", SMIME_IS_FAILED, BIT(REVOKED)},
    {"small", SMIME_IS_FAILED, BIT(WEAK_KEY)},
    {"sha1", SMIME_IS_FAILED, BIT(WEAK_DIGEST)},
    {"md5", SMIME_IS_FAILED, BIT(WEAK_DIGEST) | BIT(WEAK_KEY)},
    {"nocerts", SMIME_IS_FAILED, BIT(NO_CERTIFICATE)},
    {"behind", SMIME_IS_FAILED, BIT(NOT_WHOLE)},
    {"nested", SMIME_IS_FAILED, BIT(NOT_WHOLE)},
    {"garbage", SMIME_IS_FAILED, BIT(UNREADABLE)},
    {"attached", SMIME_IS_NONE, 0},
    {"sealed", SMIME_IS_NONE, 0},
    {"sealedbare", SMIME_IS_NONE, 0},
    {"unsigned", SMIME_IS_NONE, 0},
    {"pgp", SMIME_IS_UNKNOWN, 0},
};
enum { WANTED = sizeof wanted / sizeof *wanted };

static void each_message_is_judged(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct smime *s = opened(a, NULL, NULL);
    (void)state;
    for (size_t i = 0; i < WANTED; i++) {
        struct arena *own AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = own, .now_ms = clock_utc_ms()};
        struct smime_answer got;
        struct mime *m;
        assert_int_equal(mime_parse(&cx, file(own, wanted[i].name, ".eml"), NULL, &m), OK);
        assert_int_equal(smime_of_message(&cx, s, m, &got), OK);
        if (got.now != wanted[i].status || got.faults != wanted[i].faults)
            fail_msg("%s: status %d, faults %x", wanted[i].name, got.now, got.faults);
        bool good = got.now == SMIME_IS_VERIFIED || (got.faults && !(got.faults & ~(uint32_t)OURS));
        bool judge = str_starts(file(own, wanted[i].name, ".judge"), STR("0"));
        if (good != judge)
            fail_msg("%s: openssl says %d", wanted[i].name, judge);
    }
    smime_close(s);
}

/* A folder with one account, and messages of the script in its inbox. */
struct kept {
    struct imap_world *w;
    struct smime *s;
    enum code refuse;
    uint32_t delivered;
};

static void kept_open(struct kept *k)
{
    *k = (struct kept){.w = imap_world_open()};
    k->s = opened(k->w->cx.arena, k->w->core, &k->refuse);
}

static void kept_close(struct kept *k)
{
    smime_close(k->s);
    imap_world_close(k->w);
}

static struct item_row delivered(struct kept *k, const char *name, int64_t at_ms)
{
    struct ctx *cx = &k->w->cx;
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct item_row row;
    cx->now_ms = at_ms;
    imap_world_deliver(k->w, k->w->jane, "INBOX", file(cx->arena, name, ".eml"), (struct str){0});
    assert_int_equal(account_view_get(cx, k->w->core, k->w->jane, &v), OK);
    folder_id inbox = account_folder_by_path(v, STR("INBOX"))->id;
    assert_int_equal(item_get(cx, k->w->core, k->w->jane, inbox, ++k->delivered, &row), OK);
    return row;
}

static struct smime_answer asked(struct kept *k, const struct item_row *row, int64_t at_ms)
{
    struct smime_answer a;
    k->w->cx.now_ms = at_ms;
    assert_int_equal(smime_of_item(&k->w->cx, k->s, k->w->jane, row, &a), OK);
    return a;
}

static uint64_t number(struct kept *k)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&k->w->cx, k->w->core, k->w->jane, &v), OK);
    return account_facts(v)->modseq;
}

enum { HOUR_MS = 3600 * 1000 };
static const int64_t in_2020_ms = INT64_C(1590969600000), in_2022_ms = INT64_C(1654041600000);

static void an_old_certificate_was_good_when_it_came(void **state)
{
    struct kept k;
    (void)state;
    kept_open(&k);
    struct item_row row = delivered(&k, "expired", in_2020_ms);
    struct smime_answer a = asked(&k, &row, in_2022_ms);
    assert_int_equal(a.now, SMIME_IS_FAILED);
    assert_int_equal(a.faults, BIT(EXPIRED));
    assert_int_equal(a.then, SMIME_IS_VERIFIED);
    assert_true(a.fresh && a.verified_ms == in_2022_ms);
    /* What was revoked later was good as well. */
    row = delivered(&k, "revoked", in_2020_ms);
    a = asked(&k, &row, clock_utc_ms() + HOUR_MS);
    assert_int_equal(a.faults, BIT(REVOKED));
    assert_int_equal(a.then, SMIME_IS_VERIFIED);
    kept_close(&k);
}

static void an_answer_is_remembered_for_a_day(void **state)
{
    struct kept k;
    (void)state;
    kept_open(&k);
    struct item_row row = delivered(&k, "expired", in_2020_ms);
    uint64_t before = number(&k);
    struct smime_answer a = asked(&k, &row, in_2020_ms);
    assert_true(a.fresh && a.now == SMIME_IS_VERIFIED);
    assert_int_equal(number(&k), before); /* nobody hears of what nobody knew otherwise */
    a = asked(&k, &row, in_2020_ms + 23 * HOUR_MS);
    assert_true(!a.fresh && a.verified_ms == in_2020_ms);
    a = asked(&k, &row, in_2020_ms + 25 * HOUR_MS);
    assert_true(a.fresh && a.now == SMIME_IS_VERIFIED);
    assert_int_equal(number(&k), before);
    a = asked(&k, &row, in_2022_ms); /* meanwhile the certificate has expired */
    assert_true(a.fresh && a.now == SMIME_IS_FAILED && a.then == SMIME_IS_VERIFIED);
    assert_true(number(&k) > before);
    kept_close(&k);
}

static void who_is_trusted_may_change(void **state)
{
    struct kept k;
    (void)state;
    kept_open(&k);
    struct item_row good = delivered(&k, "good", in_2022_ms);
    struct item_row stranger = delivered(&k, "unknown", in_2022_ms);
    assert_int_equal(asked(&k, &good, in_2022_ms).then, SMIME_IS_VERIFIED);
    assert_int_equal(asked(&k, &stranger, in_2022_ms).then, SMIME_IS_FAILED);
    struct str path = str_printf(k.w->cx.arena, "%s/trust.pem", folder);
    struct str saved = file(k.w->cx.arena, "trust", ".pem");
    struct str other = file(k.w->cx.arena, "evil", ".pem");
    FILE *f = fopen(path.p, "w");
    assert_true(f && fwrite(other.p, 1, other.n, f) == other.n && fclose(f) == 0);
    /* Within a minute nothing is read anew. */
    assert_false(asked(&k, &good, in_2022_ms + 30 * 1000).fresh);
    struct smime_answer a = asked(&k, &good, in_2022_ms + 2 * HOUR_MS);
    assert_true(a.fresh && a.now == SMIME_IS_FAILED && a.then == SMIME_IS_VERIFIED);
    a = asked(&k, &stranger, in_2022_ms + 2 * HOUR_MS);
    assert_true(a.fresh && a.now == SMIME_IS_VERIFIED && a.then == SMIME_IS_VERIFIED);
    f = fopen(path.p, "w");
    assert_true(f && fwrite(saved.p, 1, saved.n, f) == saved.n && fclose(f) == 0);
    a = asked(&k, &stranger, in_2022_ms + 4 * HOUR_MS);
    assert_true(a.now == SMIME_IS_FAILED && a.then == SMIME_IS_VERIFIED);
    kept_close(&k);
}

static void a_cage_that_fails_says_nothing(void **state)
{
    static const struct {
        enum code code;
        enum smime_status status;
        uint32_t faults;
    } rows[] = {{E_IO, SMIME_IS_SIGNED, 0},
                {E_LIMIT, SMIME_IS_FAILED, BIT(TOO_SLOW)},
                {E_SYNTAX, SMIME_IS_FAILED, BIT(UNREADABLE)}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kept k;
        kept_open(&k);
        struct item_row row = delivered(&k, "good", in_2022_ms);
        k.refuse = rows[i].code;
        struct smime_answer a = asked(&k, &row, in_2022_ms);
        assert_int_equal(a.now, rows[i].status);
        assert_int_equal(a.then, rows[i].status);
        assert_int_equal(a.faults, rows[i].faults);
        k.refuse = OK;
        a = asked(&k, &row, in_2022_ms + 1000);
        assert_int_equal(a.fresh, rows[i].status == SMIME_IS_SIGNED);
        kept_close(&k);
    }
}

static void many_certificates_and_large_messages_are_refused(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = clock_utc_ms()};
    struct smime *s = opened(a, NULL, NULL);
    struct smime_answer got;
    struct mime *m;
    char line[500];
    (void)state;
    snprintf(line, sizeof line,
             "cd %s && : >many.pem && for i in $(seq %d); do openssl req -new -x509 -key alice.key "
             "-config ca.cnf -subj /CN=$i -out one.pem 2>/dev/null && cat one.pem >>many.pem; done "
             "&& openssl cms -sign -in body -crlfeol -signer alice.pem -inkey alice.key -certfile "
             "many.pem -from alice@example.org -out many.eml",
             folder, SMIME_CERTIFICATES_MAX);
    assert_int_equal(shell(line), 0);
    assert_int_equal(mime_parse(&cx, file(a, "many", ".eml"), NULL, &m), OK);
    assert_int_equal(smime_of_message(&cx, s, m, &got), OK);
    assert_int_equal(got.faults, BIT(TOO_MANY));
    struct buf b = buf_of(a, 2 * SMIME_CONTENT_MAX);
    struct str text = file(a, "good", ".eml");
    size_t at = str_find(text, STR("The bridge"));
    buf_add(&b, str_sub(text, 0, at));
    buf_fill(&b, 'x', SMIME_CONTENT_MAX);
    buf_add(&b, str_from(text, at));
    assert_int_equal(mime_parse(&cx, buf_str(&b), NULL, &m), OK);
    assert_int_equal(smime_of_message(&cx, s, m, &got), OK);
    assert_int_equal(got.faults, BIT(TOO_LARGE));
    smime_close(s);
}

/* So much base64 that it could be more than SMIME_SIGNATURE_MAX is not decoded. */
static void a_signature_has_a_size(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = clock_utc_ms()};
    struct smime *s = opened(a, NULL, NULL);
    struct smime_answer got;
    struct mime *m;
    struct buf b = buf_of(a, 3 * SMIME_SIGNATURE_MAX);
    struct str text = file(a, "good", ".eml"), rest = text;
    size_t end = 0;
    (void)state;
    for (size_t at; (at = str_find(str_from(rest, 1), STR("\n--"))) != SIZE_MAX;) {
        rest = str_from(rest, at + 1);
        end = text.n - rest.n;
    }
    buf_add(&b, str_sub(text, 0, end));
    buf_fill(&b, 'A', 2 * SMIME_SIGNATURE_MAX);
    buf_add(&b, str_from(text, end));
    assert_int_equal(mime_parse(&cx, buf_str(&b), NULL, &m), OK);
    assert_int_equal(smime_of_message(&cx, s, m, &got), OK);
    assert_int_equal(got.faults, BIT(TOO_LARGE));
    smime_close(s);
}

/* SMIME_CHAIN_MAX authorities between the signer and the root are good, one more is not. */
static void a_chain_has_a_length(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct smime *s = opened(a, NULL, NULL);
    struct smime_answer got;
    struct mime *m;
    char line[1200];
    (void)state;
    for (int over = 0; over < 2; over++) {
        snprintf(
            line, sizeof line,
            "cd %s && printf '[long_ca]\nbasicConstraints=critical,CA:true\n"
            "keyUsage=critical,keyCertSign\n[long_mail]\nextendedKeyUsage=emailProtection\n"
            "subjectAltName=email:alice@example.org\n' >long.cnf && by=root && : >between.pem && "
            "for i in $(seq %d); do openssl req -new -config ca.cnf -key inter.key -subj /CN=l$i "
            "-out l.csr && openssl x509 -req -in l.csr -CA $by.pem -CAkey $([ $by = root ] && echo "
            "root || echo inter).key -set_serial $i -days 900 -extfile long.cnf -extensions "
            "long_ca "
            "-out l$i.pem && cat l$i.pem >>between.pem && by=l$i || exit 1; done 2>/dev/null && "
            "openssl req -new -config ca.cnf -key alice.key -subj /CN=Alice -out l.csr && openssl "
            "x509 -req -in l.csr -CA $by.pem -CAkey inter.key -set_serial 99 -days 900 -extfile "
            "long.cnf -extensions long_mail -out end.pem 2>/dev/null && openssl cms -sign -in body "
            "-crlfeol -signer end.pem -inkey alice.key -certfile between.pem -from "
            "alice@example.org -out long.eml",
            folder, SMIME_CHAIN_MAX + over);
        assert_int_equal(shell(line), 0);
        cx.now_ms = clock_utc_ms();
        assert_int_equal(mime_parse(&cx, file(a, "long", ".eml"), NULL, &m), OK);
        assert_int_equal(smime_of_message(&cx, s, m, &got), OK);
        assert_int_equal(got.faults & BIT(BAD_CHAIN), over ? BIT(BAD_CHAIN) : 0);
        assert_int_equal(got.now, over ? SMIME_IS_FAILED : SMIME_IS_VERIFIED);
    }
    smime_close(s);
}

static void file_put(const char *path, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    while (n--)
        assert_int_equal(fputc('x', f), 'x');
    assert_int_equal(fclose(f), 0);
}

/* A folder of more files than SMIME_TRUST_FILES_MAX gives so many; more bytes than SMIME_TRUST_MAX
   give none. */
static void who_is_trusted_has_a_size(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct trusted t;
    char path[100];
    (void)state;
    snprintf(path, sizeof path, "%s/many", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i <= SMIME_TRUST_FILES_MAX; i++) {
        snprintf(path, sizeof path, "%s/many/%d.pem", folder, i);
        file_put(path, 1);
    }
    snprintf(path, sizeof path, "%s/many", folder);
    assert_int_equal(trust_read(&cx, str_z(path), &t), OK);
    assert_int_equal(t.files, SMIME_TRUST_FILES_MAX);
    snprintf(path, sizeof path, "%s/large.pem", folder);
    file_put(path, SMIME_TRUST_MAX - 1); /* and a line end */
    assert_int_equal(trust_read(&cx, str_z(path), &t), OK);
    file_put(path, SMIME_TRUST_MAX);
    assert_int_equal(trust_read(&cx, str_z(path), &t), E_LIMIT);
    arena_close(cx.arena);
}

static void jobs_and_verdicts_come_back(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct smime_job job = {.detached = true, .now_s = 5, .then_s = -6, .from.count = 1},
                     back = {0};
    struct smime_verdict v = {.is_signed = true, .now = 3, .then = 1u << (SMIME_FAULTS - 1)}, w;
    struct buf b = buf_of(a, SMIME_VERDICT_BYTES);
    (void)state;
    job.from.at[0] = STR("a@b");
    job.trust = STR("t");
    job.signature = STR("s");
    job.content = STR("c");
    struct str text = smime_job_write(a, &job);
    assert_true(smime_job_read(text, &back));
    assert_true(back.detached && back.now_s == 5 && back.then_s == -6 && back.from.count == 1 &&
                str_eq(back.from.at[0], STR("a@b")) && str_eq(back.content, STR("c")));
    for (size_t n = 0; n < text.n; n++)
        assert_false(smime_job_read(str_sub(text, 0, n), &back));
    smime_verdict_write(&b, &v);
    assert_true(smime_verdict_read(buf_str(&b), &w) && w.now == 3 && w.then == v.then);
    assert_false(smime_verdict_read(str_sub(buf_str(&b), 0, b.n - 1), &w));
    buf_reset(&b);
    v.now = 1u << SMIME_FAULTS; /* no such fault */
    smime_verdict_write(&b, &v);
    assert_false(smime_verdict_read(buf_str(&b), &w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_and_verdicts_come_back),
        cmocka_unit_test(each_message_is_judged),
        cmocka_unit_test(an_old_certificate_was_good_when_it_came),
        cmocka_unit_test(an_answer_is_remembered_for_a_day),
        cmocka_unit_test(who_is_trusted_may_change),
        cmocka_unit_test(a_cage_that_fails_says_nothing),
        cmocka_unit_test(many_certificates_and_large_messages_are_refused),
        cmocka_unit_test(a_signature_has_a_size),
        cmocka_unit_test(a_chain_has_a_length),
        cmocka_unit_test(who_is_trusted_has_a_size),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
