/* SPF, DKIM, ARC, DMARC and iprev of one message of BYTES, with the DNS answered from a table: the
   CPU that a message costs. Prints JSON. mailauth_bench [MESSAGES [BYTES]] */
#include "base/arena.h"
#include "base/buf.h"
#include "base/resolver.h"
#include "service/mailauth.h"
#include "service/mailauth/dkim.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MESSAGES = 20000, BYTES = 20 * 1024 };

struct row {
    struct str name;
    enum dns_type type;
    struct str rdata;
};

struct table {
    struct row rows[8];
    size_t count;
};

static void answer(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    struct table *t = self;
    struct dns_answer a = {.status = DNS_NO_NAME, .canonical = q.name, .ttl_s = 300};
    for (size_t i = 0; i < t->count; i++) {
        if (t->rows[i].type != q.type || !str_ieq(t->rows[i].name, q.name))
            continue;
        a.status = DNS_FOUND;
        a.records = &t->rows[i].rdata;
        a.count = 1;
    }
    done(arg, &a);
}

static void txt(struct table *t, struct arena *a, const char *name, struct str text)
{
    struct buf b = buf_of(a, text.n + text.n / 255 + 2);
    for (; text.n; text = str_from(text, 255)) {
        struct str piece = str_sub(text, 0, 255);
        buf_byte(&b, (char)piece.n);
        buf_add(&b, piece);
    }
    t->rows[t->count++] = (struct row){str_z(name), DNS_TXT, buf_str(&b)};
}

static void raw(struct table *t, const char *name, enum dns_type type, struct str rdata)
{
    t->rows[t->count++] = (struct row){str_z(name), type, rdata};
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct str plain_message(struct arena *a, size_t bytes)
{
    struct buf b = buf_of(a, bytes + 1024);
    buf_add(&b, STR("From: A Person <a@sender.example>\r\nTo: b@receiver.example\r\n"
                    "Subject: a message of usual size\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                    "Message-ID: <1@sender.example>\r\nMIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n\r\n"));
    while (b.n < bytes)
        buf_add(&b, STR("A line of text as people write it, neither short nor too long.\r\n"));
    return buf_str(&b);
}

static struct str signed_message(struct ctx *cx, struct table *t, enum sign_algorithm algorithm,
                                 struct str message)
{
    static const struct str domain = STR("sender.example");
    struct sign_key *key AUTO(sign_key_close) = sign_key_make(algorithm);
    struct str field = {0}, selector = algorithm == SIGN_RSA_SHA256 ? STR("r") : STR("e");
    const struct dkim_signing how = {
        .key = key, .domain = domain, .selector = selector, .now_ms = cx->now_ms};
    txt(t, cx->arena, str_printf(cx->arena, "%.*s._domainkey.sender.example", STR_ARG(selector)).p,
        dkim_record(cx->arena, key));
    struct canon_message m;
    canon_open(cx->arena, message, &m);
    must(dkim_sign(cx, &m, &how, &field) == OK);
    return str_join(cx->arena, (struct str[]){field, message}, 2);
}

/* CPU of one check, in milliseconds. */
static double measure(const struct resolver *r, struct str message, long count)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena, .now_ms = 1790000000000};
    const struct mailauth_config config = {0};
    const struct mailauth_parts parts = {
        .config = &config, .resolver = r, .host_name = STR("mail.example")};
    struct mailauth *a AUTO(mailauth_close) = NULL;
    must(mailauth_open(&cx, &parts, &a) == OK);
    const struct mailauth_message m = {
        .id = STR("id"),
        .client = STR("192.0.2.1"),
        .helo = STR("mx.sender.example"),
        .mail_from = STR("a@sender.example"),
        .bytes = message,
        .from_value = STR(" A Person <a@sender.example>"),
        .bimi = true,
    };
    struct mailauth_report report = {0};
    double before = 0;
    for (long i = -100; i < count; i++) { /* the first hundred warm what is cached */
        if (i == 0)
            before = cpu_s();
        arena_reset(arena);
        mailauth_check(&cx, a, &m, &report);
    }
    double ms = (cpu_s() - before) * 1000 / (double)count;
    must(str_find(report.field, STR("dmarc=pass")) != SIZE_MAX);
    must(str_find(report.field, STR("spf=pass")) != SIZE_MAX);
    must(str_find(report.field, STR("dkim=pass")) != SIZE_MAX);
    return ms;
}

int main(int argc, char **argv)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena, .now_ms = 1790000000000};
    struct table table = {0};
    const struct resolver resolver = {.self = &table, .start = answer};
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : MESSAGES;
    long bytes = argc > 2 ? strtol(argv[2], NULL, 10) : BYTES;
    txt(&table, arena, "sender.example", STR("v=spf1 ip4:192.0.2.0/24 -all"));
    txt(&table, arena, "_dmarc.sender.example", STR("v=DMARC1; p=reject"));
    raw(&table, "1.2.0.192.in-addr.arpa", DNS_PTR, STR("\2mx\6sender\7example"));
    table.rows[table.count - 1].rdata.n++; /* the root's empty label: the literal's NUL */
    raw(&table, "mx.sender.example", DNS_A, STR("\300\000\002\001"));
    struct str plain = plain_message(arena, (size_t)bytes);
    struct str rsa = signed_message(&cx, &table, SIGN_RSA_SHA256, plain);
    struct str ed25519 = signed_message(&cx, &table, SIGN_ED25519_SHA256, plain);
    double rsa_ms = measure(&resolver, rsa, count), ed_ms = measure(&resolver, ed25519, count);
    printf(
        "{\"messages\": %ld, \"bytes\": %ld, \"rsa2048_cpu_ms\": %.4f, \"ed25519_cpu_ms\": %.4f, "
        "\"limit_ms\": 0.3}\n",
        count, bytes, rsa_ms, ed_ms);
    return rsa_ms < 0.3 ? 0 : 1;
}
