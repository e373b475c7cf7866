/* The JSON of TLS reports: RFC 8460 section 4.4. */
#include "format/date.h"
#include "format/report/report.h"
#include "helper/report/report.h"
#include <jansson.h>

static struct str text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return str_of(json_string_value(value), json_string_length(value));
}

/* Numbers come as strings, too. */
static uint64_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    uint64_t n = 0;
    if (json_is_integer(value) && json_integer_value(value) > 0)
        n = (uint64_t)json_integer_value(value);
    else if (json_is_string(value) && !str_u64(text(object, key), &n))
        n = 0;
    return n < UINT32_MAX ? n : UINT32_MAX;
}

static int64_t seconds(const json_t *object, const char *key)
{
    struct date d;
    bool good = date_parse(text(object, key), &d) && d.utc_ms > 0;
    return good && d.utc_ms / 1000 <= INT32_MAX ? d.utc_ms / 1000 : 0;
}

static struct report_row row_of(const json_t *policy, const json_t *failure)
{
    struct report_row row = {.n = number(failure, "failed-session-count")};
    row.field[TLS_FIELD_POLICY] = text(policy, "policy-type");
    row.field[TLS_FIELD_DOMAIN] = text(policy, "policy-domain");
    row.field[TLS_FIELD_RESULT] = text(failure, "result-type");
    row.field[TLS_FIELD_MX] = text(failure, "receiving-mx-hostname");
    row.field[TLS_FIELD_MX_ADDRESS] = text(failure, "receiving-ip");
    row.field[TLS_FIELD_SENDER_ADDRESS] = text(failure, "sending-mta-ip");
    row.field[TLS_FIELD_REASON] = text(failure, "failure-reason-code");
    row.field[TLS_FIELD_HELO] = text(failure, "receiving-mx-helo");
    return row;
}

/* What went well is one row; failures without details are one more. */
static void add_policy(struct report_data *r, const json_t *entry)
{
    const json_t *policy = json_object_get(entry, "policy");
    const json_t *summary = json_object_get(entry, "summary");
    const json_t *failures = json_object_get(entry, "failure-details"), *failure;
    uint64_t told = 0, failed = number(summary, "total-failure-session-count");
    size_t i;
    struct report_row good = row_of(policy, NULL);
    good.n = number(summary, "total-successful-session-count");
    if (!r->domain.n)
        r->domain = text(policy, "policy-domain");
    if (good.n)
        report_data_add(r, &good);
    json_array_foreach(failures, i, failure)
    {
        struct report_row row = row_of(policy, failure);
        if (!row.field[TLS_FIELD_RESULT].n)
            row.field[TLS_FIELD_RESULT] = STR("validation-failure");
        told += row.n;
        report_data_add(r, &row);
    }
    if (failed > told) {
        struct report_row rest = good;
        rest.n = failed - told;
        rest.field[TLS_FIELD_RESULT] = STR("not-detailed");
        report_data_add(r, &rest);
    }
}

static bool take(const json_t *all, struct arena *a, struct buf *out)
{
    const json_t *range = json_object_get(all, "date-range");
    const json_t *policies = json_object_get(all, "policies"), *entry;
    struct report_data r;
    size_t i;
    report_data_open(a, REPORT_TLS, &r);
    r.organization = text(all, "organization-name");
    r.contact = text(all, "contact-info");
    r.id = text(all, "report-id");
    r.begin_s = seconds(range, "start-datetime");
    r.end_s = seconds(range, "end-datetime");
    json_array_foreach(policies, i, entry)
    {
        add_policy(&r, entry);
    }
    if (!r.domain.n)
        return false;
    report_data_write(out, &r);
    return !out->overflow;
}

bool reader_tlsrpt(struct str document, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str bytes;
    if (!report_unpack(a, document, &bytes))
        return false;
    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    json_t *all = json_loadb(bytes.p ? bytes.p : "", bytes.n, 0, NULL);
    bool good = all && take(all, a, out);
    json_decref(all);
    return good;
}
