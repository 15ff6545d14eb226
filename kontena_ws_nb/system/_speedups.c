/* What takes Python too long for each message. Optional: each function has a twin in Python that does the same, named
   beside it, and tests hold the two together (tests/unit/system/test_speedups.py).

   Whatever the caller promised, nothing outside the buffers is touched. The GIL is held throughout, so nothing changes
   meanwhile. Of Python only the stable API of 3.11 is used. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define IS_CONTINUATION(byte) (((byte) & 0xC0) == 0x80)

static uint64_t
load64(const unsigned char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Where the longest beginning of text[at:stop] that is whole UTF-8 characters ends (RFC 3629 section 4). */
static Py_ssize_t
utf8_end(const unsigned char *text, Py_ssize_t at, Py_ssize_t stop)
{
    while (at < stop) {
        unsigned char first = text[at];
        Py_ssize_t left = stop - at;
        if (first < 0x80) {
            while (stop - at >= 8 && !(load64(text + at) & HIGH_BITS)) {
                at += 8;
                while (stop - at >= 64) {
                    uint64_t any = 0;
                    for (int i = 0; i < 64; i += 8)
                        any |= load64(text + at + i);
                    if (any & HIGH_BITS)
                        break;
                    at += 64;
                }
            }
            while (at < stop && text[at] < 0x80)
                at++;
        }
        else if (first < 0xE0) {
            if (first < 0xC2 || left < 2 || !IS_CONTINUATION(text[at + 1]))
                return at;
            at += 2;
        }
        else if (first < 0xF0) {
            if (left < 3 || !IS_CONTINUATION(text[at + 1]) || !IS_CONTINUATION(text[at + 2]))
                return at;
            if ((first == 0xE0 && text[at + 1] < 0xA0) || (first == 0xED && text[at + 1] > 0x9F))
                return at; /* not the shortest form, or a surrogate */
            at += 3;
        }
        else {
            if (first > 0xF4 || left < 4 || !IS_CONTINUATION(text[at + 1]) || !IS_CONTINUATION(text[at + 2]) ||
                !IS_CONTINUATION(text[at + 3]))
                return at;
            if ((first == 0xF0 && text[at + 1] < 0x90) || (first == 0xF4 && text[at + 1] > 0x8F))
                return at; /* not the shortest form, or above U+10FFFF */
            at += 4;
        }
    }
    return at;
}

/* utf8_end(data, start, stop): as `protocol.validation.python_utf8_end`, but it may tell more. */
static PyObject *
speedups_utf8_end(PyObject *module, PyObject *args)
{
    Py_buffer data;
    Py_ssize_t start, stop;
    if (!PyArg_ParseTuple(args, "y*nn", &data, &start, &stop))
        return NULL;
    if (stop > data.len)
        stop = data.len;
    if (start >= 0 && start < stop)
        start = utf8_end(data.buf, start, stop);
    PyBuffer_Release(&data);
    return PyLong_FromSsize_t(start);
}

static int
append(PyObject *list, Py_ssize_t number)
{
    PyObject *item = PyLong_FromSsize_t(number);
    int failed = item == NULL || PyList_Append(list, item) < 0;
    Py_XDECREF(item);
    return failed ? -1 : 0;
}

/* walk(buffer, at, stop, starts, ends, max_size): as `protocol.frames.python_walk`. */
static PyObject *
speedups_walk(PyObject *module, PyObject *args)
{
    Py_buffer data;
    Py_ssize_t at, stop;
    PyObject *starts, *ends, *limit;
    if (!PyArg_ParseTuple(args, "w*nnO!O!O", &data, &at, &stop, &PyList_Type, &starts, &PyList_Type, &ends, &limit))
        return NULL;
    PyObject *result = NULL;
    uint64_t most = UINT64_MAX;
    if (limit != Py_None) {
        most = PyLong_AsUnsignedLongLong(limit);
        if (most == UINT64_MAX && PyErr_Occurred())
            goto done;
    }
    unsigned char *buffer = data.buf;
    if (stop > data.len)
        stop = data.len;
    if (at >= 0 && at < stop) {
        const unsigned char first = buffer[at];
        do {
            if (data.len - at < 2)
                break;
            Py_ssize_t header = 2;
            uint64_t length = buffer[at + 1];
            if (length > 127)
                break; /* masked */
            if (length > 125) {
                header = length == 126 ? 4 : 10;
                if (data.len - at < header)
                    break;
                length = 0;
                for (Py_ssize_t i = 2; i < header; i++)
                    length = length << 8 | buffer[at + i];
                if (header == 4 ? length < 126 : length <= 0xFFFF || length > most)
                    break; /* not in its shortest form, or too long: the slow path says so */
            }
            if (stop - at < header || length > (uint64_t)(stop - at - header))
                break;
            Py_ssize_t start = at + header, end = start + (Py_ssize_t)length;
            if (append(starts, start) < 0 || append(ends, end) < 0)
                goto done;
            /* So that a run of texts can be looked at as one: `restore` knows what stood here. */
            for (Py_ssize_t i = at; i < start; i++)
                if (i == at || header == 10 || i == at + 3 || buffer[i] > 0x7F)
                    buffer[i] = '\n';
            at = end;
        } while (at < data.len && buffer[at] == first);
    }
    result = PyLong_FromSsize_t(at);
done:
    PyBuffer_Release(&data);
    return result;
}

/* frame(first, payload, key): as `protocol.encode.python_frame`. */
static PyObject *
speedups_frame(PyObject *module, PyObject *args)
{
    unsigned char first;
    Py_buffer payload;
    const char *key;
    Py_ssize_t key_size;
    if (!PyArg_ParseTuple(args, "by*y#", &first, &payload, &key, &key_size))
        return NULL;
    PyObject *made = NULL;
    Py_ssize_t size = payload.len, header = size < 126 ? 6 : size <= 0xFFFF ? 8 : 14;
    if (key_size != 4)
        PyErr_SetString(PyExc_ValueError, "a masking key has 4 bytes (RFC 6455 section 5.2)");
    else if (size > PY_SSIZE_T_MAX - header)
        PyErr_NoMemory();
    else if ((made = PyBytes_FromStringAndSize(NULL, header + size)) != NULL) {
        unsigned char *out = (unsigned char *)PyBytes_AsString(made);
        const unsigned char *in = payload.buf;
        out[0] = first;
        out[1] = (unsigned char)(0x80 | (header == 6 ? size : header == 8 ? 126 : 127));
        for (Py_ssize_t i = header - 5, rest = size; i > 1; i--, rest >>= 8)
            out[i] = (unsigned char)rest;
        memcpy(out + header - 4, key, 4);
        out += header;
        uint32_t four;
        memcpy(&four, key, 4);
        const uint64_t eight = (uint64_t)four << 32 | four;
        Py_ssize_t at = 0;
        for (; size - at >= 8; at += 8) {
            uint64_t word = load64(in + at) ^ eight;
            memcpy(out + at, &word, 8);
        }
        for (; at < size; at++)
            out[at] = in[at] ^ (unsigned char)key[at & 3];
    }
    PyBuffer_Release(&payload);
    return made;
}

/* add_row(data, bounds, times, flags, row, payload, time_ns, code): as `log.segment.python_add_row`. */
static PyObject *
speedups_add_row(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    enum { DATA, BOUNDS, TIMES, FLAGS, PAYLOAD, BUFFERS };
    static const int where[BUFFERS] = {0, 1, 2, 3, 5};
    if (count != 8) {
        PyErr_SetString(PyExc_TypeError, "add_row takes 8 arguments");
        return NULL;
    }
    Py_ssize_t row = PyLong_AsSsize_t(args[4]);
    if (row == -1 && PyErr_Occurred())
        return NULL;
    int64_t time_ns = PyLong_AsLongLong(args[6]);
    if (time_ns == -1 && PyErr_Occurred())
        return NULL;
    long code = PyLong_AsLong(args[7]);
    if (code == -1 && PyErr_Occurred())
        return NULL;
    Py_buffer view[BUFFERS];
    PyObject *result = NULL;
    int got = 0;
    for (; got < BUFFERS; got++)
        if (PyObject_GetBuffer(args[where[got]], &view[got], got == PAYLOAD ? PyBUF_SIMPLE : PyBUF_WRITABLE) < 0)
            goto done;
    if (view[BOUNDS].itemsize != 4 || view[TIMES].itemsize != 8) {
        PyErr_SetString(PyExc_TypeError, "bounds have 4 bytes each, times 8");
        goto done;
    }
    result = Py_False;
    if (row >= 0 && row < view[FLAGS].len && row < view[TIMES].len / 8 && row + 1 < view[BOUNDS].len / 4) {
        unsigned char *bounds = (unsigned char *)view[BOUNDS].buf + 4 * row;
        uint32_t begin;
        memcpy(&begin, bounds, 4);
        Py_ssize_t size = view[PAYLOAD].len;
        if (begin <= (uint64_t)view[DATA].len && (uint64_t)size <= (uint64_t)view[DATA].len - begin &&
            (uint64_t)size <= UINT32_MAX - begin) {
            uint32_t end = begin + (uint32_t)size;
            memmove((unsigned char *)view[DATA].buf + begin, view[PAYLOAD].buf, (size_t)size);
            memcpy(bounds + 4, &end, 4);
            memcpy((unsigned char *)view[TIMES].buf + 8 * row, &time_ns, 8);
            ((unsigned char *)view[FLAGS].buf)[row] = (unsigned char)code;
            result = Py_True;
        }
    }
    Py_INCREF(result);
done:
    while (got--)
        PyBuffer_Release(&view[got]);
    return result;
}

static char *
put_decimal(char *out, uint64_t number)
{
    char digits[20], *at = digits + sizeof digits;
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    size_t count = (size_t)(digits + sizeof digits - at);
    memcpy(out, at, count);
    return out + count;
}

/* run(starts, ends, times, flags, low, high): as `recording.writer.python_run`. */
static PyObject *
speedups_run(PyObject *module, PyObject *args)
{
    enum { STARTS, ENDS, TIMES, FLAGS, BUFFERS };
    Py_buffer view[BUFFERS];
    Py_ssize_t low, high;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nn", &view[STARTS], &view[ENDS], &view[TIMES], &view[FLAGS], &low, &high))
        return NULL;
    PyObject *result = NULL, *text = NULL;
    const unsigned char *starts = view[STARTS].buf, *ends = view[ENDS].buf, *times = view[TIMES].buf,
                        *flags = view[FLAGS].buf;
    char *made = NULL;
    if (low < 0 || low >= high || high > view[STARTS].len / 4 || high > view[ENDS].len / 4 ||
        high > view[TIMES].len / 8 || high > view[FLAGS].len) {
        PyErr_SetString(PyExc_IndexError, "there are no such rows");
        goto done;
    }
    Py_ssize_t stop = low + 1;
    while (stop < high && flags[stop] == flags[low] && memcmp(times + 8 * stop, times + 8 * low, 8) == 0)
        stop++;
    /* A number has 20 digits at most, and ", " behind it. */
    if (stop - low > PY_SSIZE_T_MAX / 22 - 1 || (made = PyMem_Malloc((size_t)(stop - low) * 22 + 2)) == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    char *out = made;
    uint64_t size = 0;
    *out++ = '[';
    for (Py_ssize_t row = low; row < stop; row++) {
        uint32_t start, end;
        memcpy(&start, starts + 4 * row, 4);
        memcpy(&end, ends + 4 * row, 4);
        size += (uint64_t)end - start;
        if (row > low) {
            *out++ = ',';
            *out++ = ' ';
        }
        out = put_decimal(out, (uint64_t)end << 32 | start);
    }
    *out++ = ']';
    if ((text = PyUnicode_DecodeASCII(made, out - made, NULL)) != NULL)
        result = Py_BuildValue("nNL", stop, text, (long long)size);
done:
    PyMem_Free(made);
    for (int i = 0; i < BUFFERS; i++)
        PyBuffer_Release(&view[i]);
    return result;
}

static PyMethodDef methods[] = {
    {"add_row", (PyCFunction)(void (*)(void))speedups_add_row, METH_FASTCALL, NULL},
    {"frame", speedups_frame, METH_VARARGS, NULL},
    {"run", speedups_run, METH_VARARGS, NULL},
    {"utf8_end", speedups_utf8_end, METH_VARARGS, NULL},
    {"walk", speedups_walk, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_speedups",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__speedups(void)
{
    return PyModuleDef_Init(&definition);
}
