#include "format/smime/smime.h"
#include "base/buf.h"
#include "format/address.h"
#include "format/domain.h"

static const struct str texts[SMIME_FAULTS] = {
    [SMIME_UNREADABLE] = STR("The signature cannot be read."),
    [SMIME_NOT_WHOLE] = STR("The signature covers only a part of the message."),
    [SMIME_TOO_LARGE] = STR("The message is too large to be verified."),
    [SMIME_TOO_SLOW] = STR("Verifying the signature took too long."),
    [SMIME_TOO_MANY] = STR("The signature has too many signers or certificates."),
    [SMIME_NO_SIGNER] = STR("The signature has no signer."),
    [SMIME_NO_CERTIFICATE] = STR("The signer's certificate is missing."),
    [SMIME_CHANGED] = STR("The message has been changed since it was signed."),
    [SMIME_BAD_SIGNATURE] = STR("The signature does not match the signer's certificate."),
    [SMIME_WEAK_DIGEST] = STR("The signature uses a digest that is not safe."),
    [SMIME_WEAK_KEY] = STR("A certificate uses a key or a digest that is not safe."),
    [SMIME_UNKNOWN_AUTHORITY] =
        STR("The signer's certificate was not issued by a trusted authority."),
    [SMIME_EXPIRED] = STR("A certificate has expired."),
    [SMIME_NOT_YET] = STR("A certificate is not yet valid."),
    [SMIME_REVOKED] = STR("A certificate has been revoked."),
    [SMIME_WRONG_PURPOSE] = STR("The signer's certificate is not meant for signing mail."),
    [SMIME_BAD_CHAIN] = STR("The chain of certificates is not valid."),
    [SMIME_WRONG_ADDRESS] = STR("The From address does not match the signer's certificate."),
    [SMIME_NO_ADDRESS] = STR("The message has no From address that a certificate could match."),
};

struct str smime_fault_text(enum smime_fault fault)
{
    return texts[fault];
}

static bool is_signature(const struct header_content *t)
{
    return str_eq(t->type, STR("application")) && (str_eq(t->subtype, STR("pkcs7-signature")) ||
                                                   str_eq(t->subtype, STR("x-pkcs7-signature")));
}

static bool is_opaque(const struct header_content *t)
{
    struct str kind = header_param(t, STR("smime-type"));
    return str_eq(t->type, STR("application")) &&
           (str_eq(t->subtype, STR("pkcs7-mime")) || str_eq(t->subtype, STR("x-pkcs7-mime"))) &&
           (!kind.n || str_ieq(kind, STR("signed-data")));
}

/* multipart/signed: of S/MIME, of another protocol, or no such thing. */
static enum smime_kind signed_kind(const struct mime *m, uint32_t part)
{
    const struct mime_part *p = &m->parts[part];
    if (p->node.kind != MIME_MULTIPART || !str_eq(p->type.subtype, STR("signed")))
        return SMIME_NONE;
    uint32_t first = p->node.child;
    uint32_t second = first == MIME_NONE ? MIME_NONE : m->parts[first].node.next;
    struct str protocol = header_param(&p->type, STR("protocol"));
    bool ours = str_ieq(protocol, STR("application/pkcs7-signature")) ||
                str_ieq(protocol, STR("application/x-pkcs7-signature"));
    if (!protocol.n && second != MIME_NONE)
        ours = is_signature(&m->parts[second].type);
    return ours ? SMIME_DETACHED : SMIME_FOREIGN;
}

/* Signed are bytes with CRLF; a message that came with other line ends was signed before it lost
   them (RFC 8551 section 3.1.1). */
static struct str canonical(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, 2 * s.n);
    struct cur c = cur_of(s);
    struct str line;
    while (cur_until(&c, '\n', &line)) {
        buf_add(&b, line);
        buf_add(&b, str_ends(line, STR("\r")) ? STR("\n") : STR("\r\n"));
    }
    buf_add(&b, c.rest);
    return b.n == s.n ? s : buf_str(&b);
}

/* Two parts, the second of them the signature; what lies behind it would be shown unsigned. */
static void find_detached(struct arena *a, const struct mime *m, struct smime_found *out)
{
    uint32_t first = m->parts[0].node.child;
    uint32_t second = first == MIME_NONE ? MIME_NONE : m->parts[first].node.next;
    if (second == MIME_NONE || !is_signature(&m->parts[second].type)) {
        out->faults |= 1u << SMIME_UNREADABLE;
        return;
    }
    if (m->parts[second].node.next != MIME_NONE)
        out->faults |= 1u << SMIME_NOT_WHOLE;
    const struct mime_node *n = &m->parts[first].node;
    if (n->header_size + n->body_size > SMIME_CONTENT_MAX ||
        m->parts[second].node.body_size > 2 * SMIME_SIGNATURE_MAX) {
        out->faults |= 1u << SMIME_TOO_LARGE;
        return;
    }
    out->content = canonical(a, str_sub(m->bytes, n->start, n->header_size + n->body_size));
    out->signature = mime_content(a, m, second, SMIME_SIGNATURE_MAX);
}

static void find_opaque(struct arena *a, const struct mime *m, struct smime_found *out)
{
    if (m->parts[0].node.body_size > 2 * (uint64_t)SMIME_CONTENT_MAX) {
        out->faults |= 1u << SMIME_TOO_LARGE;
        return;
    }
    out->signature = mime_content(a, m, 0, SMIME_CONTENT_MAX + 1);
    if (out->signature.n > SMIME_CONTENT_MAX)
        out->faults |= 1u << SMIME_TOO_LARGE;
}

/* Whether the part belongs to the message itself, not to one that is attached. */
static bool is_own(const struct mime *m, uint32_t part)
{
    for (uint32_t up = m->parts[part].node.parent; up != MIME_NONE; up = m->parts[up].node.parent)
        if (m->parts[up].node.kind == MIME_MESSAGE)
            return false;
    return true;
}

void smime_find(struct arena *a, const struct mime *m, struct smime_found *out)
{
    *out = (struct smime_found){.kind = signed_kind(m, 0)};
    if (out->kind == SMIME_NONE && is_opaque(&m->parts[0].type))
        out->kind = SMIME_OPAQUE;
    for (uint32_t i = 1; out->kind == SMIME_NONE && i < m->count; i++)
        if ((signed_kind(m, i) == SMIME_DETACHED ||
             (is_opaque(&m->parts[i].type) &&
              header_param(&m->parts[i].type, STR("smime-type")).n)) &&
            is_own(m, i)) {
            out->kind = SMIME_PARTLY;
            out->faults |= 1u << SMIME_NOT_WHOLE;
        }
    if (out->kind == SMIME_DETACHED)
        find_detached(a, m, out);
    else if (out->kind == SMIME_OPAQUE)
        find_opaque(a, m, out);
}

static struct str in_ascii(struct ctx *cx, const struct address *x)
{
    struct ctx own = *cx;
    struct str domain;
    if (domain_to_ascii(&own, x->domain, &domain) != OK || str_ieq(domain, x->domain))
        return (struct str){0};
    return str_printf(cx->arena, "%.*s@%.*s", STR_ARG(x->local), STR_ARG(domain));
}

void smime_from_of(struct ctx *cx, const struct mime *m, struct smime_found *f,
                   struct smime_from *out)
{
    const struct mime_message *head = m->parts[0].message;
    *out = (struct smime_from){0};
    bool again = false;
    for (const struct mime_more *more = head->more; more; more = more->next)
        again |= more->id == HEADER_FROM;
    struct address_list list = address_parse(cx->arena, head->field[HEADER_FROM]);
    for (size_t i = 0; i < list.count && out->count <= SMIME_FROM_MAX; i++) {
        const struct address *x = &list.at[i];
        if (x->kind != ADDRESS_MAILBOX)
            continue;
        if (out->count == SMIME_FROM_MAX || !x->local.n || !x->domain.n) {
            again = true;
            break;
        }
        out->at[2 * out->count] =
            str_printf(cx->arena, "%.*s@%.*s", STR_ARG(x->local), STR_ARG(x->domain));
        out->at[2 * out->count++ + 1] = in_ascii(cx, x);
    }
    if (again || !out->count)
        f->faults |= 1u << SMIME_NO_ADDRESS;
}
