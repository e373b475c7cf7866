/* What parsing and summing up a message costs, as JSON: three sizes, as mail programs send them. */
#include "format/base64.h"
#include "format/json.h"
#include "format/summary.h"
#include <time.h>

enum { RUN_US = 300 * 1000, PLAIN = 1024 * 2, MIXED = 1024 * 20, LARGE = 1024 * 200 };

static void put_header(struct buf *b, const char *type)
{
    buf_add(b, STR("Return-Path: <maria.lopez@health.commonwealth.example>\r\n"
                   "Received: from mx.health.commonwealth.example (mx [192.0.2.7]) by\r\n"
                   "\tmail.commonwealth.example with ESMTPS id 4QvR2k3xYz; Tue, 3 Feb 2026\r\n"
                   "\t09:15:02 -0500\r\n"
                   "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=health.example;\r\n"
                   "\ts=s2026; h=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeu=;\r\n"
                   "\tb=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"
                   "From: =?utf-8?Q?Mar=C3=ADa_L=C3=B3pez?= <maria.lopez@health.example>\r\n"
                   "To: \"Smith, John\" <john.smith@treasury.example>,\r\n"
                   " Pat Jones <pat.jones@treasury.example>\r\n"
                   "Cc: budget@treasury.example\r\n"
                   "Subject: Re: Second quarter figures for the regional clinics\r\n"
                   "Date: Tue, 3 Feb 2026 09:15:00 -0500\r\n"
                   "Message-ID: <5f3c2b1a.7d6e@health.example>\r\n"
                   "In-Reply-To: <a1b2c3d4.0001@treasury.example>\r\n"
                   "References: <a1b2c3d4.0000@treasury.example>\r\n"
                   " <a1b2c3d4.0001@treasury.example>\r\n"
                   "MIME-Version: 1.0\r\n"));
    buf_printf(b, "Content-Type: %s\r\n", type);
}

static void put_words(struct buf *b, size_t upto)
{
    while (b->n < upto)
        buf_add(b, STR("The figures for the second quarter are attached; two clinics report "
                       "late.\r\n"));
}

static struct str plain_message(struct arena *a)
{
    struct buf b = buf_of(a, PLAIN * 2);
    put_header(&b, "text/plain; charset=utf-8");
    buf_add(&b, STR("Content-Transfer-Encoding: 8bit\r\n\r\n"));
    put_words(&b, PLAIN);
    return buf_str(&b);
}

static void put_part(struct buf *b, const char *boundary, const char *header)
{
    buf_printf(b, "\r\n--%s\r\n%s\r\n\r\n", boundary, header);
}

/* Text and HTML, as alternatives. */
static void put_alternative(struct buf *b, size_t upto)
{
    put_part(b, "alt-5f3c2b1a", "Content-Type: text/plain; charset=utf-8");
    put_words(b, b->n + (upto - b->n) / 3);
    put_part(b, "alt-5f3c2b1a", "Content-Type: text/html; charset=utf-8");
    buf_add(b, STR("<html><head><style>p { margin: 0 }</style></head><body>\r\n"));
    while (b->n < upto)
        buf_add(b, STR("<p class=\"MsoNormal\">The figures are <b>attached</b>.</p>\r\n"));
    buf_add(b, STR("</body></html>\r\n--alt-5f3c2b1a--\r\n"));
}

static struct str mixed_message(struct arena *a)
{
    struct buf b = buf_of(a, MIXED * 2);
    put_header(&b, "multipart/alternative; boundary=\"alt-5f3c2b1a\"");
    put_alternative(&b, MIXED);
    return buf_str(&b);
}

static struct str large_message(struct arena *a)
{
    struct buf b = buf_of(a, LARGE * 2);
    put_header(&b, "multipart/mixed; boundary=\"mix-5f3c2b1a\"");
    put_part(&b, "mix-5f3c2b1a", "Content-Type: multipart/alternative; boundary=alt-5f3c2b1a");
    put_alternative(&b, 8 * 1024);
    put_part(&b, "mix-5f3c2b1a",
             "Content-Type: application/pdf; name=\"figures.pdf\"\r\n"
             "Content-Disposition: attachment; filename=\"figures.pdf\"\r\n"
             "Content-Transfer-Encoding: base64");
    char *bytes = arena_alloc(a, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)(i * 31 + (i >> 8));
    size_t left = LARGE - b.n;
    buf_add(&b, base64_encode_lines(a, str_of(bytes, left / 78 * 57)));
    buf_add(&b, STR("\r\n--mix-5f3c2b1a--\r\n"));
    return buf_str(&b);
}

struct result {
    double parse_us, summary_us;
    size_t summary_bytes, arena_bytes;
};

/* What this thread has used of a processor: other load on the machine does not count. */
static int64_t used_us(void)
{
    struct timespec t;
    must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Mean cost of one run; summary: of summary_make, else of mime_parse alone. */
static double cost_us(struct ctx *cx, struct str message, bool summary, struct result *r)
{
    uint64_t runs = 0;
    int64_t start = used_us(), now = start;
    struct mime *m;
    struct str encoded;
    for (; now - start < RUN_US; now = used_us())
        for (int i = 0; i < 50; i++, runs++) {
            arena_reset(cx->arena);
            if (!summary) {
                must(mime_parse(cx, message, NULL, &m) == OK);
                continue;
            }
            must(summary_make(cx, message, &encoded) == OK);
            r->summary_bytes = encoded.n;
            r->arena_bytes = arena_used(cx->arena);
        }
    return (double)(now - start) / (double)runs;
}

static void report(struct json *j, const char *name, struct str message)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct result r = {0};
    r.parse_us = cost_us(&cx, message, false, &r);
    r.summary_us = cost_us(&cx, message, true, &r);
    json_key(j, name);
    json_object(j);
    json_key(j, "message_bytes");
    json_u64(j, message.n);
    json_key(j, "parse_us");
    json_double(j, r.parse_us, 2);
    json_key(j, "parse_and_summary_us");
    json_double(j, r.summary_us, 2);
    json_key(j, "mb_per_s");
    json_double(j, (double)message.n / r.summary_us, 0);
    json_key(j, "summary_bytes");
    json_u64(j, r.summary_bytes);
    json_key(j, "arena_bytes");
    json_u64(j, r.arena_bytes);
    json_object_end(j);
}

int main(void)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf out = buf_of(a, 64 * 1024);
    struct json j = json_to(&out);
    json_object(&j);
    report(&j, "plain_2k", plain_message(a));
    report(&j, "alternative_20k", mixed_message(a));
    report(&j, "attachment_200k", large_message(a));
    json_object_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    return 0;
}
