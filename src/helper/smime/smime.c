/* Signatures of S/MIME, verified in the cage by OpenSSL's CMS (RFC 5652, RFC 8551, RFC 8550). */
#include "helper/smime/smime.h"
#include "format/smime/smime.h"
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

enum { LEVEL = 2 /* 112 bits: RSA from 2,048 on, no SHA-1 in chains */ };

/* All that one verification holds; closed as a whole. */
struct smime {
    struct smime_job job;
    struct smime_verdict v;
    X509_STORE *store;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * others;    /* certificates that came along */
    STACK_OF(X509) * signers;   /* one for each signer; they belong to cms */
    STACK_OF(X509_CRL) * lists; /* of what was revoked */
};

static void close_all(struct smime *s)
{
    X509_STORE_free(s->store);
    sk_X509_pop_free(s->others, X509_free);
    sk_X509_free(s->signers);
    sk_X509_CRL_pop_free(s->lists, X509_CRL_free);
    CMS_ContentInfo_free(s->cms);
    ERR_clear_error();
}

static void fault(struct smime *s, enum smime_fault f)
{
    s->v.now |= 1u << f;
    s->v.then |= 1u << f;
}

static BIO *bio_of(struct str s)
{
    BIO *b = BIO_new_mem_buf(s.n ? s.p : "", (int)s.n);
    must(b);
    return b;
}

/* A key in the file is of no use here; it is not asked for. */
static int no_password(char *to, int size, int writing, void *arg)
{
    (void)to, (void)size, (void)writing, (void)arg;
    return -1;
}

static void read_trust(struct smime *s)
{
    BIO *in = bio_of(s->job.trust);
    STACK_OF(X509_INFO) *all = PEM_X509_INFO_read_bio(in, NULL, no_password, NULL);
    for (int i = 0; all && i < sk_X509_INFO_num(all); i++) {
        const X509_INFO *one = sk_X509_INFO_value(all, i);
        if (one->x509 && X509_STORE_add_cert(s->store, one->x509))
            s->v.trusted++;
        if (one->crl && X509_STORE_add_crl(s->store, one->crl) && X509_CRL_up_ref(one->crl))
            must(sk_X509_CRL_push(s->lists, one->crl));
    }
    sk_X509_INFO_pop_free(all, X509_INFO_free);
    BIO_free(in);
    ERR_clear_error();
}

/* False: there is nothing to verify. */
static bool read_signature(struct smime *s)
{
    BIO *in = bio_of(s->job.signature);
    s->cms = d2i_CMS_bio(in, NULL);
    BIO_free(in);
    if (!s->cms) {
        fault(s, SMIME_UNREADABLE);
        return false;
    }
    if (OBJ_obj2nid(CMS_get0_type(s->cms)) != NID_pkcs7_signed) {
        s->v.is_signed = s->job.detached;
        fault(s, SMIME_UNREADABLE);
        return false;
    }
    s->others = CMS_get1_certs(s->cms);
    int signers = sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(s->cms));
    if (signers <= 0)
        fault(s, SMIME_NO_SIGNER);
    if (signers > SMIME_SIGNERS_MAX ||
        (s->others && sk_X509_num(s->others) > SMIME_CERTIFICATES_MAX))
        fault(s, SMIME_TOO_MANY);
    return !s->v.now;
}

/* Which of our faults OpenSSL's errors are. */
static void take_errors(struct smime *s)
{
    bool some = false;
    unsigned long e;
    while ((e = ERR_get_error())) {
        int reason = ERR_GET_LIB(e) == ERR_LIB_CMS ? ERR_GET_REASON(e) : 0;
        enum smime_fault f = reason == CMS_R_CONTENT_VERIFY_ERROR           ? SMIME_CHANGED
                             : reason == CMS_R_SIGNER_CERTIFICATE_NOT_FOUND ? SMIME_NO_CERTIFICATE
                             : reason == CMS_R_VERIFICATION_FAILURE         ? SMIME_BAD_SIGNATURE
                                                                            : SMIME_FAULTS;
        /* The outer reason comes last: changed content is no bad signature. */
        if (f == SMIME_FAULTS)
            continue;
        some = true;
        fault(s, f);
    }
    if (!some)
        fault(s, SMIME_UNREADABLE);
    if (s->v.now & 1u << SMIME_CHANGED) {
        s->v.now &= ~(1u << SMIME_BAD_SIGNATURE);
        s->v.then &= ~(1u << SMIME_BAD_SIGNATURE);
    }
}

/* Digests and signatures; the certificates are judged apart from them, for two times. */
static bool verify_content(struct smime *s)
{
    BIO *content = s->job.detached ? bio_of(s->job.content) : NULL;
    ERR_clear_error();
    int good =
        CMS_verify(s->cms, NULL, NULL, content, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY);
    BIO_free(content);
    if (good != 1)
        take_errors(s);
    s->signers = CMS_get0_signers(s->cms);
    return good == 1 && s->signers;
}

static bool is_strong(int digest)
{
    static const int strong[] = {NID_sha256,   NID_sha384,   NID_sha512,   NID_sha512_256,
                                 NID_sha3_256, NID_sha3_384, NID_sha3_512, NID_sha512_224,
                                 NID_sha224,   NID_shake256};
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++)
        if (strong[i] == digest)
            return true;
    return false;
}

static void check_digests(struct smime *s)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(s->cms);
    for (int i = 0; i < sk_CMS_SignerInfo_num(all); i++) {
        X509_ALGOR *digest = NULL, *signature = NULL;
        const ASN1_OBJECT *name;
        int with = NID_undef;
        CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(all, i), NULL, NULL, &digest, &signature);
        X509_ALGOR_get0(&name, NULL, NULL, digest);
        bool good = is_strong(OBJ_obj2nid(name));
        X509_ALGOR_get0(&name, NULL, NULL, signature);
        if (OBJ_find_sigid_algs(OBJ_obj2nid(name), &with, NULL) && with != NID_undef)
            good &= is_strong(with);
        if (!good)
            fault(s, SMIME_WEAK_DIGEST);
    }
}

/* One chain for one time. */
struct judgement {
    const struct smime *s;
    uint32_t faults;
};

/* What was revoked after the time that is asked for was good then. (OpenSSL's own current list is
   not known here when it is newer than that time.) */
static bool was_revoked(const struct smime *s, X509_STORE_CTX *ctx)
{
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    time_t at = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));
    for (int i = 0; i < sk_X509_CRL_num(s->lists); i++) {
        X509_CRL *list = sk_X509_CRL_value(s->lists, i);
        X509_REVOKED *row = NULL;
        if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_issuer_name(cert)) == 0 &&
            X509_CRL_get0_by_cert(list, &row, cert) == 1 &&
            ASN1_TIME_cmp_time_t(X509_REVOKED_get0_revocationDate(row), at) <= 0)
            return true;
    }
    return false;
}

static uint32_t fault_of(const struct smime *s, X509_STORE_CTX *ctx)
{
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL: /* lists are used where there are some */
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return 0;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return 1u << SMIME_UNKNOWN_AUTHORITY;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return 1u << SMIME_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return 1u << SMIME_NOT_YET;
    case X509_V_ERR_CERT_REVOKED:
        return was_revoked(s, ctx) ? 1u << SMIME_REVOKED : 0;
    case X509_V_ERR_INVALID_PURPOSE:
        return 1u << SMIME_WRONG_PURPOSE;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return 1u << SMIME_WEAK_KEY;
    default:
        return 1u << SMIME_BAD_CHAIN;
    }
}

/* All that is wrong is gathered; whatever is makes the whole fail. */
static int on_step(int good, X509_STORE_CTX *ctx)
{
    struct judgement *j = X509_STORE_CTX_get_app_data(ctx);
    if (!good)
        j->faults |= fault_of(j->s, ctx);
    return 1;
}

static uint32_t judge_chain(const struct smime *s, X509 *signer, int64_t at_s)
{
    struct judgement j = {.s = s};
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    must(ctx && X509_STORE_CTX_init(ctx, s->store, signer, s->others));
    must(X509_STORE_CTX_set_default(ctx, "smime_sign"));
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)at_s);
    X509_VERIFY_PARAM_set_depth(param, SMIME_CHAIN_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
    if (sk_X509_CRL_num(s->lists) > 0)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK);
    X509_STORE_CTX_set_app_data(ctx, &j);
    X509_STORE_CTX_set_verify_cb(ctx, on_step);
    if (X509_verify_cert(ctx) != 1 && !j.faults)
        j.faults |= 1u << SMIME_BAD_CHAIN;
    X509_STORE_CTX_free(ctx);
    return j.faults;
}

/* Without case, as mail systems take local parts. */
static bool is_one(const ASN1_STRING *text, const struct str *pair)
{
    struct str s = str_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
    return (pair[0].n && str_ieq(s, pair[0])) || (pair[1].n && str_ieq(s, pair[1]));
}

/* RFC 8550 section 3: subjectAltName, and emailAddress of the subject; RFC 9598. */
static bool has_address(X509 *cert, const struct str *pair)
{
    bool found = false;
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        if (n->type == GEN_EMAIL)
            found |= is_one(n->d.rfc822Name, pair);
        else if (n->type == GEN_OTHERNAME && n->d.otherName->value->type == V_ASN1_UTF8STRING &&
                 OBJ_obj2nid(n->d.otherName->type_id) == NID_id_on_SmtpUTF8Mailbox)
            found |= is_one(n->d.otherName->value->value.utf8string, pair);
    }
    GENERAL_NAMES_free(names);
    const X509_NAME *subject = X509_get_subject_name(cert);
    for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, i)) >= 0;)
        found |= is_one(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)), pair);
    return found;
}

/* Each address of From is a signer's: else one could write in another's name beside one's own. */
static void check_addresses(struct smime *s)
{
    for (size_t i = 0; i < s->job.from.count; i++) {
        bool found = false;
        for (int k = 0; k < sk_X509_num(s->signers); k++)
            found |= has_address(sk_X509_value(s->signers, k), &s->job.from.at[2 * i]);
        if (!found)
            fault(s, SMIME_WRONG_ADDRESS);
    }
}

bool reader_smime(struct str document, struct buf *out)
{
    struct smime s = {.v.is_signed = true};
    if (!smime_job_read(document, &s.job))
        return false;
    s.store = X509_STORE_new();
    s.lists = sk_X509_CRL_new_null();
    must(s.store && s.lists);
    read_trust(&s);
    if (read_signature(&s) && verify_content(&s)) {
        check_digests(&s);
        for (int i = 0; i < sk_X509_num(s.signers); i++) {
            X509 *signer = sk_X509_value(s.signers, i);
            s.v.now |= judge_chain(&s, signer, s.job.now_s);
            s.v.then |= judge_chain(&s, signer, s.job.then_s);
        }
        check_addresses(&s);
    }
    smime_verdict_write(out, &s.v);
    close_all(&s);
    return true;
}

void smime_prepare(void)
{
    must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS |
                                 OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
                             NULL));
    EVP_MD *digest = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    must(digest);
    EVP_MD_free(digest);
}
