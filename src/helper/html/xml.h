/* XML of documents, element by element: no entities are replaced, nothing is fetched, no more than
   libxml2's depth of 256. Names are without their prefixes. */
#ifndef HELPER_HTML_XML_H
#define HELPER_HTML_XML_H

#include "base/str.h"

enum { XML_VALUE_MAX = 256 };

enum xml_kind { XML_OPEN, XML_CLOSE, XML_TEXT };
struct xml {
    enum xml_kind kind; /* an empty element opens and closes */
    struct str name;    /* of the element */
    struct str text;
    bool stop;   /* set by fn: enough */
    void *inner; /* the reader's */
    char value[XML_VALUE_MAX];
};
typedef void xml_fn(void *self, struct xml *x);
/* Tells fn what is there, as far as it can be read. */
void xml_walk(struct str bytes, xml_fn *fn, void *self);
/* Of the element that opens: cut to XML_VALUE_MAX, empty when there is none; valid until the next
   call. */
struct str xml_attribute(struct xml *x, const char *name);
/* An attribute "val" that says yes, or is not there. */
bool xml_is_on(struct xml *x);

#endif
