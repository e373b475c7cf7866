#include "service/sasl/kerberos.h"
#include "base/arena.h"
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>

struct kerberos {
    gss_cred_id_t keys;
};

struct gss_exchange {
    const struct kerberos *kerberos;
    gss_ctx_id_t context;
    gss_name_t client;
};

static gss_buffer_desc buffer_of(struct str s)
{
    return (gss_buffer_desc){s.n, (void *)(uintptr_t)s.p};
}

/* A copy of what the library made, which is given back to it. */
static struct str taken(struct ctx *cx, gss_buffer_desc *b)
{
    OM_uint32 minor;
    struct str s = str_dup(cx->arena, str_of(b->value, b->length));
    gss_release_buffer(&minor, b);
    return s;
}

enum code kerberos_open(struct ctx *cx, struct str keytab, struct kerberos **out)
{
    OM_uint32 minor;
    gss_key_value_element_desc element = {"keytab", keytab.p};
    const gss_key_value_set_desc store = {1, &element};
    struct kerberos *k = calloc(1, sizeof *k);
    must(k);
    OM_uint32 major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                              GSS_C_ACCEPT, &store, &k->keys, NULL, NULL);
    if (GSS_ERROR(major)) {
        free(k);
        return fail(cx, E_SYNTAX, "%.*s: no keytab that can be used", STR_ARG(keytab));
    }
    *out = k;
    return OK;
}

void kerberos_close(struct kerberos *k)
{
    OM_uint32 minor;
    if (!k)
        return;
    gss_release_cred(&minor, &k->keys);
    free(k);
}

struct gss_exchange *kerberos_begin(const struct kerberos *k)
{
    struct gss_exchange *g = calloc(1, sizeof *g);
    must(g);
    g->kerberos = k;
    return g;
}

void kerberos_end(struct gss_exchange *g)
{
    OM_uint32 minor;
    gss_delete_sec_context(&minor, &g->context, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &g->client);
    free(g);
}

enum code kerberos_accept(struct ctx *cx, struct gss_exchange *g, struct str in, struct str *out,
                          bool *done)
{
    OM_uint32 minor;
    gss_buffer_desc token = buffer_of(in), answer = GSS_C_EMPTY_BUFFER;
    OM_uint32 major = gss_accept_sec_context(&minor, &g->context, g->kerberos->keys, &token,
                                             GSS_C_NO_CHANNEL_BINDINGS, &g->client, NULL, &answer,
                                             NULL, NULL, NULL);
    *out = taken(cx, &answer);
    if (GSS_ERROR(major))
        return fail(cx, E_DENIED, "gss: %08x", (unsigned)major);
    *done = !(major & GSS_S_CONTINUE_NEEDED);
    return OK;
}

enum code kerberos_login(struct ctx *cx, const struct gss_exchange *g, struct str *login)
{
    OM_uint32 minor;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_display_name(&minor, g->client, &text, NULL)))
        return fail(cx, E_DENIED, "gss: a client without a name");
    struct str name = taken(cx, &text);
    /* "imap/host@REALM" is a service, and "\" quotes what has a meaning. */
    if (str_chr(name, '/') != SIZE_MAX || str_chr(name, '\\') != SIZE_MAX ||
        str_chr(name, '@') != str_rchr(name, '@'))
        return fail(cx, E_DENIED, "gss: not a person");
    *login = str_lower(cx->arena, name);
    return OK;
}

enum code kerberos_seal(struct ctx *cx, struct gss_exchange *g, struct str in, struct str *out)
{
    OM_uint32 minor;
    gss_buffer_desc plain = buffer_of(in), sealed = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_wrap(&minor, g->context, 0, GSS_C_QOP_DEFAULT, &plain, NULL, &sealed)))
        return fail(cx, E_DENIED, "gss: wrap");
    *out = taken(cx, &sealed);
    return OK;
}

enum code kerberos_unseal(struct ctx *cx, struct gss_exchange *g, struct str in, struct str *out)
{
    OM_uint32 minor;
    gss_buffer_desc sealed = buffer_of(in), plain = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_unwrap(&minor, g->context, &sealed, &plain, NULL, NULL)))
        return fail(cx, E_DENIED, "gss: unwrap");
    *out = taken(cx, &plain);
    return OK;
}
