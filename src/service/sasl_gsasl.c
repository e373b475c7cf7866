#include "service/sasl_gsasl.h"
#include "base/arena.h"
#include "base/cur.h"
#include "base/engine.h"
#include "core/credential.h"
#include "format/base64.h"
#include <gsasl.h>

struct sasl_library {
    Gsasl *gsasl;
};

struct sasl_scram {
    Gsasl_session *session;
    const struct tls_facts *tls;
    sasl_keys_fn *keys;
    void *self;
    struct ctx *cx;     /* during a step */
    enum code answered; /* by keys */
    bool begun;         /* the first message came */
};

static void set_base64(struct sasl_scram *x, Gsasl_property property, const void *p, size_t n)
{
    struct str text = base64_encode(x->cx->arena, str_of(p, n));
    must(gsasl_property_set_raw(x->session, property, text.p, text.n) == GSASL_OK);
}

/* GNU SASL asks for the iterations first, when it knows the names; then all is set at once. */
static int set_keys(struct sasl_scram *x)
{
    struct scram_keys k;
    const char *login = gsasl_property_fast(x->session, GSASL_AUTHID);
    const char *authorization = gsasl_property_fast(x->session, GSASL_AUTHZID);
    x->answered = x->keys(x->cx, x->self, str_z(login), str_z(authorization), &k);
    if (x->answered != OK)
        return GSASL_NO_CALLBACK;
    struct str iterations = str_printf(x->cx->arena, "%u", (unsigned)k.iterations);
    must(gsasl_property_set_raw(x->session, GSASL_SCRAM_ITER, iterations.p, iterations.n) ==
         GSASL_OK);
    set_base64(x, GSASL_SCRAM_SALT, k.salt, k.salt_n);
    set_base64(x, GSASL_SCRAM_STOREDKEY, k.stored_key, k.key_n);
    set_base64(x, GSASL_SCRAM_SERVERKEY, k.server_key, k.key_n);
    return GSASL_OK;
}

static int set_binding(struct sasl_scram *x, Gsasl_property property)
{
    const struct tls_facts *f = x->tls;
    if (f && property == GSASL_CB_TLS_EXPORTER && f->has_exporter)
        set_base64(x, property, f->exporter, sizeof f->exporter);
    else if (f && property == GSASL_CB_TLS_UNIQUE && f->unique_n)
        set_base64(x, property, f->unique, f->unique_n);
    else
        return GSASL_NO_CALLBACK;
    return GSASL_OK;
}

static int property(Gsasl *gsasl, Gsasl_session *session, Gsasl_property asked)
{
    struct sasl_scram *x = gsasl_session_hook_get(session);
    (void)gsasl;
    if (asked == GSASL_SCRAM_ITER && x->answered == OK)
        return set_keys(x);
    if (asked == GSASL_CB_TLS_EXPORTER || asked == GSASL_CB_TLS_UNIQUE)
        return set_binding(x, asked);
    return GSASL_NO_CALLBACK;
}

struct sasl_library *sasl_library_open(void)
{
    struct sasl_library *l = calloc(1, sizeof *l);
    must(l);
    must(gsasl_init(&l->gsasl) == GSASL_OK);
    gsasl_callback_set(l->gsasl, property);
    return l;
}

void sasl_library_close(struct sasl_library *l)
{
    gsasl_done(l->gsasl);
    free(l);
}

struct sasl_scram *sasl_scram_open(struct sasl_library *l, const struct sasl_scram_kind *kind,
                                   sasl_keys_fn *keys, void *self)
{
    struct sasl_scram *x = calloc(1, sizeof *x);
    must(x);
    *x = (struct sasl_scram){.tls = kind->tls, .keys = keys, .self = self};
    must(gsasl_server_start(l->gsasl, kind->name, &x->session) == GSASL_OK);
    gsasl_session_hook_set(x->session, x);
    return x;
}

static enum code code_of(struct ctx *cx, int rc)
{
    if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
        return OK;
    if (rc == GSASL_MECHANISM_PARSE_ERROR || rc == GSASL_BASE64_ERROR ||
        rc == GSASL_MECHANISM_CALLED_TOO_MANY_TIMES)
        return fail(cx, E_SYNTAX, "scram: %s", gsasl_strerror_name(rc));
    return fail(cx, E_DENIED, "scram: %s", gsasl_strerror_name(rc));
}

/* RFC 5802 section 5.1: "=" in a name is followed by 2C or 3D, or else the server must fail. The
   library lets more pass. */
static bool names_are_escaped(struct str first)
{
    struct cur fields = cur_of(first);
    struct str field;
    bool last = false, good = true;
    while (!last) {
        last = !cur_until(&fields, ',', &field);
        field = last ? fields.rest : field;
        if (!str_starts(field, STR("a=")) && !str_starts(field, STR("n=")))
            continue;
        struct cur name = cur_of(str_from(field, 2));
        while (cur_until(&name, '=', &field))
            good = good && (cur_text(&name, STR("2C")) || cur_text(&name, STR("3D")));
    }
    return good;
}

enum code sasl_scram_step(struct ctx *cx, struct sasl_scram *x, struct str response,
                          struct str *challenge, bool *done)
{
    char *out = NULL;
    size_t out_n = 0;
    /* The library reads C strings: what is behind a NUL would not be looked at. */
    if (str_chr(response, '\0') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "scram: NUL");
    if (!x->begun && !names_are_escaped(response))
        return fail(cx, E_SYNTAX, "scram: a name with a bare =");
    x->begun = response.n > 0;
    const char *in = str_zdup(cx->arena, response);
    x->cx = cx;
    int rc = gsasl_step(x->session, in, response.n, &out, &out_n);
    x->cx = NULL;
    struct str text = out ? str_dup(cx->arena, str_of(out, out_n)) : (struct str){0};
    gsasl_free(out);
    TRY(x->answered);
    TRY(code_of(cx, rc));
    *challenge = text;
    *done = rc == GSASL_OK;
    return OK;
}

void sasl_scram_close(struct sasl_scram *x)
{
    gsasl_finish(x->session);
    free(x);
}
