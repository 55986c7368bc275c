"""Counts the warnings of libjpeg for the JPEGs whose sampling factors TurboJPEG's interface doesn't know.

Such files (3×1, 4:1:0, 2×4 and others) are legal and every viewer shows them. Pillow decodes them, but it throws
libjpeg's warnings away, and to libjpeg zeroed or missing blocks are a warning only. So the very library that Pillow
has loaded is asked to read all coefficients, which goes over every coded bit without drawing a pixel.

The layouts are those of libjpeg's 62 ABI, frozen since 1998; libjpeg compares version and size when it begins.
"""

import ctypes
import mmap

from PIL import _imaging

_VERSION = 62
_DECOMPRESS_BYTES = 632  # sizeof (struct jpeg_decompress_struct) where pointers have 64 bits
_SPARE_BYTES = 256
_COEFFICIENT_BYTES = 2

_OutputMessage = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class _ErrorManager(ctypes.Structure):
    """The beginning of struct jpeg_error_mgr, and room for its rest."""

    _fields_ = (
        ("error_exit", ctypes.c_void_p),
        ("emit_message", ctypes.c_void_p),
        ("output_message", _OutputMessage),
        ("format_message", ctypes.c_void_p),
        ("reset_error_mgr", ctypes.c_void_p),
        ("msg_code", ctypes.c_int),
        ("msg_parm", ctypes.c_char * 80),
        ("trace_level", ctypes.c_int),
        ("num_warnings", ctypes.c_long),
        ("rest", ctypes.c_byte * _SPARE_BYTES),
    )


class _Decompress(ctypes.Structure):
    """Struct jpeg_decompress_struct, of which only the first pointer is ours to set."""

    _fields_ = (
        ("err", ctypes.POINTER(_ErrorManager)),
        ("rest", ctypes.c_byte * (_DECOMPRESS_BYTES - ctypes.sizeof(ctypes.c_void_p))),
    )


# Symbols are looked up in what Pillow's decoder was linked with, wherever its wheel keeps it.
_library = ctypes.CDLL(_imaging.__file__)
_std_error = _library.jpeg_std_error
_std_error.restype = ctypes.POINTER(_ErrorManager)
_std_error.argtypes = (ctypes.POINTER(_ErrorManager),)
_create = _library.jpeg_CreateDecompress
_create.restype = None
_create.argtypes = (ctypes.POINTER(_Decompress), ctypes.c_int, ctypes.c_size_t)
_source = _library.jpeg_mem_src
_source.restype = None
_source.argtypes = (ctypes.POINTER(_Decompress), ctypes.c_char_p, ctypes.c_ulong)
_read_header = _library.jpeg_read_header
_read_header.argtypes = (ctypes.POINTER(_Decompress), ctypes.c_int)
_read_coefficients = _library.jpeg_read_coefficients
_read_coefficients.restype = ctypes.c_void_p
_read_coefficients.argtypes = (ctypes.POINTER(_Decompress),)
_destroy = _library.jpeg_destroy_decompress
_destroy.restype = None
_destroy.argtypes = (ctypes.POINTER(_Decompress),)


_say_nothing = _OutputMessage(lambda _: None)  # instead of writing to standard error


def warnings(jpeg: bytes, coefficients: int) -> int:
    """Return how many warnings libjpeg has about a file that Pillow has decoded, with the same library.

    `coefficients`: at least as many as the file holds. Raises MemoryError when there is no room for them: libjpeg
    answers that, like every fatal error, by ending the process.
    """
    try:
        mmap.mmap(-1, coefficients * _COEFFICIENT_BYTES + len(jpeg)).close()
    except OSError as error:
        raise MemoryError from error
    errors, decompress = _ErrorManager(), _Decompress()
    decompress.err = _std_error(errors)
    errors.output_message = _say_nothing
    _create(decompress, _VERSION, ctypes.sizeof(decompress))
    try:
        _source(decompress, jpeg, len(jpeg))
        _read_header(decompress, True)
        _read_coefficients(decompress)
        return int(errors.num_warnings)
    finally:
        _destroy(decompress)
