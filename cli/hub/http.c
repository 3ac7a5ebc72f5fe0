/*
 * http.c - requests by libcurl. Redirects are followed here, so that each
 * answer on the way is seen, and so that another host never gets the token.
 */
#include "cli/hub/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/base/message.h"
#include "cli/base/text.h"
#include "cli/hub/libcurl.h"
#include "lib/berth.h"

enum {
    MAX_REDIRECTS = 10,
    MAX_REFUSAL = 64 << 10 /* bytes of an error page that are waited for */
};

struct http {
    const struct libcurl *curl;
    CURL *handle; /* keeps connections open from request to request */
    const char *origin;
    const char *token;
    char error[CURL_ERROR_SIZE];
};

/* One request of a chain of redirects. */
struct exchange {
    struct http *http;
    const struct http_request *request;
    struct http_answer *answer;
    bool started;
    bool stopped;
    size_t n_refusal;
};

struct http *http_open(const char *origin, const char *token)
{
    const struct libcurl *curl = libcurl_load();
    struct http *h = curl != NULL ? calloc(1, sizeof(*h)) : NULL;

    if (h != NULL)
        *h = (struct http){curl, curl->easy_init(), origin, token, ""};
    if (h != NULL && h->handle != NULL)
        return h;
    if (curl != NULL)
        message_error("out of memory");
    free(h);
    return NULL;
}

void http_close(struct http *h)
{
    if (h != NULL)
        h->curl->easy_cleanup(h->handle);
    free(h);
}

/* --------------------------------------------------------------- headers */

static const char *const header_names[HTTP_HEADERS] = {
    [HTTP_ETAG] = "ETag",
    [HTTP_LENGTH] = "Content-Length",
    [HTTP_RANGE] = "Content-Range",
    [HTTP_RETRY_AFTER] = "Retry-After",
    [HTTP_RATE_LIMIT] = "RateLimit",
    [HTTP_ERROR_CODE] = "X-Error-Code",
    [HTTP_ERROR_MESSAGE] = "X-Error-Message",
    [HTTP_COMMIT] = "X-Repo-Commit",
    [HTTP_LINKED_ETAG] = "X-Linked-ETag",
    [HTTP_LINKED_SIZE] = "X-Linked-Size",
};

static void keep_header(struct http_answer *answer, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    size_t name = colon != NULL ? (size_t)(colon - line) : n;
    size_t begin = name + 1;

    while (begin < n && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    while (n > begin && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    for (int i = 0; i < HTTP_HEADERS && begin < n; i++)
        if (strlen(header_names[i]) == name &&
            strncasecmp(line, header_names[i], name) == 0 &&
            n - begin < sizeof(answer->header[i])) {
            memcpy(answer->header[i], line + begin, n - begin);
            answer->header[i][n - begin] = '\0';
        }
}

/* Called with each line. A new answer, as after "100 Continue", begins anew. */
static size_t take_header(char *line, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    size_t end = n *= size;

    while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r'))
        end--;
    if (end >= 5 && memcmp(line, "HTTP/", 5) == 0)
        memset(x->answer->header, 0, sizeof(*x->answer->header) * HTTP_COMMIT);
    else
        keep_header(x->answer, line, end);
    return n;
}

/* ------------------------------------------------------------------ body */

static long status_of(const struct http *h)
{
    long status = 0;

    h->curl->easy_getinfo(h->handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static bool is_success(long status)
{
    return status >= 200 && status < 300;
}

/* Before the first byte of a body that is wanted, or at the end of an empty
 * one. */
static bool start(struct exchange *x)
{
    const struct http_request *r = x->request;

    if (!x->started && r->start != NULL && !r->start(r->arg, x->answer))
        x->stopped = true;
    x->started = true;
    return !x->stopped;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    const struct http_request *r = x->request;

    n *= size;
    x->answer->status = status_of(x->http);
    if (!is_success(x->answer->status)) {
        x->n_refusal += n;
        return x->n_refusal <= MAX_REFUSAL ? n : 0;
    }
    if (!start(x))
        return 0;
    if (!r->take(r->arg, data, n)) {
        x->stopped = true;
        return 0;
    }
    x->answer->n_taken += n;
    return n;
}

/* --------------------------------------------------------------- request */

/* Where certificates are, as the programs say that use Python's requests,
 * curl and OpenSSL; else libcurl's own place. */
static void set_certificates(struct http *h)
{
    static const char *const names[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
                                        "SSL_CERT_FILE", "SSL_CERT_DIR"};
    struct stat st;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *path = getenv(names[i]);

        if (path == NULL || stat(path, &st) != 0)
            continue;
        h->curl->easy_setopt(
            h->handle, S_ISDIR(st.st_mode) ? CURLOPT_CAPATH : CURLOPT_CAINFO,
            path);
        return;
    }
}

static void set_options(struct exchange *x, const char *url)
{
    const struct http_request *r = x->request;
    CURL *handle = x->http->handle;
    CURLcode (*set)(CURL *, CURLoption, ...) = x->http->curl->easy_setopt;

    x->http->curl->easy_reset(handle);
    set(handle, CURLOPT_URL, url);
    set(handle, CURLOPT_NOBODY, (long)r->head);
    set(handle, CURLOPT_USERAGENT, "berth/" BERTH_VERSION_STRING);
    set(handle, CURLOPT_ERRORBUFFER, x->http->error);
    set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(handle, CURLOPT_HEADERFUNCTION, take_header);
    set(handle, CURLOPT_HEADERDATA, x);
    set(handle, CURLOPT_WRITEFUNCTION, take_body);
    set(handle, CURLOPT_WRITEDATA, x);
    set(handle, CURLOPT_CONNECTTIMEOUT, r->timeout);
    set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(handle, CURLOPT_LOW_SPEED_TIME, r->timeout);
    set_certificates(x->http);
}

/* The headers of the request that libcurl does not write by itself. */
static struct curl_slist *own_headers(const struct exchange *x, const char *url)
{
    const struct http *h = x->http;
    struct curl_slist *list = NULL;

    if (h->token != NULL && http_same_origin(url, h->origin)) {
        char *line = text_printf("Authorization: Bearer %s", h->token);

        list = h->curl->slist_append(list, line);
        free(line);
    }
    if (x->request->from > 0) {
        char *line = text_printf("Range: bytes=%llu-",
                                 (unsigned long long)x->request->from);

        list = h->curl->slist_append(list, line);
        free(line);
    }
    return list;
}

static CURLcode perform(struct exchange *x, const char *url)
{
    struct http *h = x->http;
    struct curl_slist *headers = own_headers(x, url);

    set_options(x, url);
    h->curl->easy_setopt(h->handle, CURLOPT_HTTPHEADER, headers);
    h->error[0] = '\0';
    x->answer->elsewhere = !http_same_origin(url, h->origin);
    CURLcode code = h->curl->easy_perform(h->handle);

    h->curl->slist_free_all(headers);
    x->answer->status = status_of(h);
    return code;
}

/* ---------------------------------------------------------------- result */

/* What no further try can change. */
static bool is_lasting(CURLcode code)
{
    static const CURLcode codes[] = {
        CURLE_UNSUPPORTED_PROTOCOL,  CURLE_URL_MALFORMAT,
        CURLE_COULDNT_RESOLVE_PROXY, CURLE_PEER_FAILED_VERIFICATION,
        CURLE_SSL_CACERT_BADFILE,    CURLE_SSL_ENGINE_NOTFOUND,
        CURLE_OUT_OF_MEMORY,         CURLE_NOT_BUILT_IN,
        CURLE_FAILED_INIT,
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* After an exchange that did not come to its end. */
static enum http_result failed(const struct exchange *x, CURLcode code)
{
    struct http_answer *a = x->answer;

    if (x->stopped)
        return HTTP_STOPPED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        snprintf(a->reason, sizeof(a->reason), "no answer within %ld s",
                 x->request->timeout);
    else
        snprintf(a->reason, sizeof(a->reason), "%s",
                 x->http->error[0] != '\0'
                     ? x->http->error
                     : x->http->curl->easy_strerror(code));
    return is_lasting(code) ? HTTP_BROKEN : HTTP_PASSING;
}

static enum http_result judge_status(struct http_answer *a)
{
    if (is_success(a->status))
        return HTTP_DONE;
    snprintf(a->reason, sizeof(a->reason), "HTTP status %ld%s%s", a->status,
             a->header[HTTP_ERROR_MESSAGE][0] != '\0' ? ": " : "",
             a->header[HTTP_ERROR_MESSAGE]);
    return a->status == 408 || a->status == 429 || a->status >= 500
               ? HTTP_PASSING
               : HTTP_REFUSED;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

static enum http_result broken(struct http_answer *a, const char *why)
{
    snprintf(a->reason, sizeof(a->reason), "%s", why);
    return HTTP_BROKEN;
}

/* The end of an exchange whose answer names another place; *url becomes that.
 * HTTP_DONE with redirected set: all that is wanted was in the headers. */
static enum http_result redirect(const struct exchange *x, char **url)
{
    struct http_answer *a = x->answer;
    char *next = NULL;

    x->http->curl->easy_getinfo(x->http->handle, CURLINFO_REDIRECT_URL, &next);
    if (next == NULL)
        return broken(a, "a redirect that names no address");
    if (strncasecmp(*url, "https:", 6) == 0 &&
        strncasecmp(next, "https:", 6) != 0)
        return broken(a, "a redirect that leaves https");
    if (strncasecmp(next, "http", 4) != 0)
        return broken(a, "a redirect that leaves http");
    a->redirected = x->request->head &&
                    !http_same_origin(next, x->http->origin) &&
                    a->header[HTTP_COMMIT][0] != '\0' &&
                    (a->header[HTTP_LINKED_ETAG][0] != '\0' ||
                     a->header[HTTP_ETAG][0] != '\0');
    next = text_printf("%s", next);
    free(*url);
    *url = next;
    return HTTP_DONE;
}

enum http_result http_ask(struct http *h, const struct http_request *request,
                          struct http_answer *answer)
{
    enum http_result result = HTTP_DONE;
    char *url = text_printf("%s", request->url);

    memset(answer, 0, sizeof(*answer));
    for (int i = 0;; i++) {
        struct exchange x = {h, request, answer, false, false, 0};
        CURLcode code = perform(&x, url);

        if (code != CURLE_OK && x.n_refusal <= MAX_REFUSAL) {
            result = failed(&x, code);
            break;
        }
        if (!is_redirect(answer->status)) {
            result = judge_status(answer);
            if (result == HTTP_DONE && !start(&x))
                result = HTTP_STOPPED;
            break;
        }
        result = i < MAX_REDIRECTS ? redirect(&x, &url)
                                   : broken(answer, "too many redirects");
        if (result != HTTP_DONE || answer->redirected)
            break;
    }
    free(url);
    return result;
}

const char *http_library(void)
{
    return LIBCURL_VERSION " when built, loaded by berth pull";
}
