/* Xapian, wrapped: exceptions end here and become codes. */
#include <xapian.h>

extern "C" {
#include "base/arena.h"
#include "base/str.h"
}
#include "core/search/xdb.h"

struct xdb {
    Xapian::Database read;
    Xapian::WritableDatabase write;
    bool writes;

    Xapian::Database &db()
    {
        return writes ? write : read;
    }
};

namespace
{

std::string text_of(struct str s)
{
    return std::string(s.p ? s.p : "", s.n);
}

/* Runs step; what it throws becomes a code. A reader that was overtaken by two commits looks again
   at the last one. */
template <class Step>
enum code guarded(struct ctx *cx, struct xdb *x, Step step)
{
    enum { TRIES = 8 };
    try {
        for (int i = 0; i < TRIES; i++) {
            try {
                return step();
            } catch (const Xapian::DatabaseModifiedError &) {
                x->read.reopen();
            }
        }
        return fail(cx, E_BUSY, "index: written too fast to be read");
    } catch (const Xapian::DatabaseLockError &e) {
        return fail(cx, E_BUSY, "index: %s", e.get_msg().c_str());
    } catch (const Xapian::DatabaseError &e) {
        return fail(cx, E_CORRUPT, "index: %s", e.get_msg().c_str());
    } catch (const Xapian::Error &e) {
        return fail(cx, E_IO, "index: %s", e.get_msg().c_str());
    } catch (const std::exception &e) {
        return fail(cx, E_IO, "index: %s", e.what());
    }
}

Xapian::Query any_of(const struct xgroup &group)
{
    std::vector<Xapian::Query> terms;
    for (size_t i = 0; i < group.count; i++)
        terms.emplace_back(text_of(group.terms[i].text));
    return Xapian::Query(Xapian::Query::OP_SYNONYM, terms.begin(), terms.end());
}

} // namespace

enum code xdb_open(struct ctx *cx, const char *dir, bool write, struct xdb **out)
{
    struct xdb *x = new xdb();
    enum code code = guarded(
        cx, x, [&]() -> enum code {
            x->writes = write;
            if (write)
                x->write = Xapian::WritableDatabase(dir, Xapian::DB_CREATE_OR_OPEN |
                                                             Xapian::DB_BACKEND_GLASS);
            else
                x->read = Xapian::Database(dir);
            return OK;
        });
    if (code == OK)
        *out = x;
    else
        delete x;
    return code;
}

void xdb_close(struct xdb *x)
{
    if (!x)
        return;
    try {
        delete x;
    } catch (const Xapian::Error &) {
        return; /* what was not committed is done again */
    }
}

enum code xdb_refresh(struct ctx *cx, struct xdb *x)
{
    return guarded(
        cx, x, [&]() -> enum code {
            x->read.reopen();
            return OK;
        });
}

enum code xdb_number(struct ctx *cx, struct xdb *x, const char *name, uint64_t *out)
{
    return guarded(
        cx, x, [&]() -> enum code {
            std::string value = x->db().get_metadata(name);
            uint64_t n = 0;
            if (!value.empty() && !str_u64(str_of(value.data(), value.size()), &n))
                return fail(cx, E_CORRUPT, "index: %s is no number", name);
            *out = n;
            return OK;
        });
}

enum code xdb_set_number(struct ctx *cx, struct xdb *x, const char *name, uint64_t n)
{
    return guarded(
        cx, x, [&]() -> enum code {
            x->write.set_metadata(name, std::to_string(n));
            return OK;
        });
}

enum code xdb_put(struct ctx *cx, struct xdb *x, uint32_t id, const struct xterm *terms,
                  size_t count, struct str text)
{
    return guarded(
        cx, x, [&]() -> enum code {
            Xapian::Document document;
            for (size_t i = 0; i < count; i++)
                document.add_term(text_of(terms[i].text), terms[i].count);
            document.set_data(text_of(text));
            x->write.replace_document(id, document);
            return OK;
        });
}

enum code xdb_remove(struct ctx *cx, struct xdb *x, uint32_t id)
{
    return guarded(
        cx, x, [&]() -> enum code {
            try {
                x->write.delete_document(id);
            } catch (const Xapian::DocNotFoundError &) {
                return OK;
            }
            return OK;
        });
}

enum code xdb_commit(struct ctx *cx, struct xdb *x)
{
    return guarded(
        cx, x, [&]() -> enum code {
            x->write.commit();
            return OK;
        });
}

enum code xdb_find(struct ctx *cx, struct xdb *x, struct str term, struct bits *out)
{
    return guarded(
        cx, x, [&]() -> enum code {
            const std::string name = text_of(term);
            Xapian::PostingIterator end = x->db().postlist_end(name);
            for (Xapian::PostingIterator at = x->db().postlist_begin(name); at != end; ++at)
                bits_set(out, *at);
            return OK;
        });
}

enum code xdb_text(struct ctx *cx, struct xdb *x, uint32_t id, struct str *out)
{
    return guarded(
        cx, x, [&]() -> enum code {
            try {
                std::string text = x->db().get_document(id).get_data();
                *out = str_dup(cx->arena, str_of(text.data(), text.size()));
                return OK;
            } catch (const Xapian::DocNotFoundError &) {
                return fail(cx, E_NOT_FOUND, "index: no such document");
            }
        });
}

uint64_t xdb_documents(struct xdb *x)
{
    return x->db().get_doccount();
}

enum code xdb_rank(struct ctx *cx, struct xdb *x, const struct xgroup *groups, size_t count,
                   size_t max, struct xranks *out)
{
    return guarded(
        cx, x, [&]() -> enum code {
            std::vector<Xapian::Query> all;
            for (size_t i = 0; i < count; i++)
                all.push_back(any_of(groups[i]));
            Xapian::Enquire enquire(x->db());
            enquire.set_query(Xapian::Query(Xapian::Query::OP_AND, all.begin(), all.end()));
            Xapian::MSet set = enquire.get_mset(0, static_cast<Xapian::doccount>(max));
            out->at = static_cast<struct xranked *>(
                arena_array(cx->arena, set.size() + 1, sizeof(struct xranked)));
            out->count = 0;
            for (Xapian::MSetIterator at = set.begin(); at != set.end(); ++at)
                out->at[out->count++] = {*at, static_cast<double>(at.get_percent())};
            return OK;
        });
}

size_t xdb_stem(struct str word, char *out, size_t room)
{
    try {
        std::string stem = Xapian::Stem("en")(text_of(word));
        if (stem.size() <= room) {
            stem.copy(out, stem.size());
            return stem.size();
        }
    } catch (const Xapian::Error &) {
        return 0;
    }
    return 0;
}
