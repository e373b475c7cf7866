/* Which types of objects have a state that is pushed (RFC 8620 section 7.1): all whose /get tells
   one that can change. */
#include "proto/jmap/push/push.h"

static const jmap_types delivery = (jmap_types)1 << JMAP_PUSH_TYPES_MAX;

static bool has_state(const struct jmap_method *m)
{
    const struct jmap_type *t = m->type;
    return str_ends(m->name, STR("/get")) && t && (t->changed || t->state || t->basis);
}

struct str jmap_types_name(const struct jmap_method *get)
{
    return str_sub(get->name, 0, str_chr(get->name, '/'));
}

const struct jmap_method *jmap_types_next(const struct jmap_method *last, unsigned *bit)
{
    const struct jmap_method *m = last ? last + 1 : jmap_methods;
    *bit = last ? *bit + 1 : 0;
    while (m->name.n && !has_state(m))
        m++;
    must(*bit < JMAP_PUSH_TYPES_MAX);
    return m->name.n ? m : NULL;
}

jmap_types jmap_types_of(struct str name)
{
    const struct jmap_method *m = NULL;
    unsigned bit;
    if (str_eq(name, STR("EmailDelivery")))
        return delivery;
    while ((m = jmap_types_next(m, &bit)))
        if (str_eq(jmap_types_name(m), name))
            return (jmap_types)1 << bit;
    return 0;
}

jmap_types jmap_types_all(void)
{
    return ~(jmap_types)0;
}

jmap_types jmap_types_with(unsigned capability)
{
    const struct jmap_method *m = NULL;
    jmap_types types = 0;
    unsigned bit;
    while ((m = jmap_types_next(m, &bit)))
        if (m->capability == capability)
            types |= (jmap_types)1 << bit;
    return types;
}

jmap_types jmap_types_read(struct str list)
{
    struct cur c = cur_of(list);
    jmap_types types = 0;
    struct str one;
    if (str_eq(list, STR("*")))
        return jmap_types_all();
    while (cur_until(&c, ',', &one))
        types |= jmap_types_of(str_trim(one));
    return types | jmap_types_of(str_trim(c.rest));
}
