"""pydicom plugin: the compressed transfer syntaxes pydicom has no freely licensed decoder for.

12-bit JPEG, lossless JPEG and JPEG-LS are decoded by imagecodecs (BSD). The functions and the
constant are named as pydicom's plugin interface asks.
"""

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import DecodeRunner

DECODER_DEPENDENCIES = {
    uid.JPEGExtended12Bit: ("imagecodecs",),
    uid.JPEGLossless: ("imagecodecs",),
    uid.JPEGLosslessSV1: ("imagecodecs",),
    uid.JPEGLSLossless: ("imagecodecs",),
    uid.JPEGLSNearLossless: ("imagecodecs",),
}

_DECODERS = {
    uid.JPEGExtended12Bit: imagecodecs.jpeg8_decode,
    uid.JPEGLossless: imagecodecs.jpegsof3_decode,
    uid.JPEGLosslessSV1: imagecodecs.jpegsof3_decode,
    uid.JPEGLSLossless: imagecodecs.jpegls_decode,
    uid.JPEGLSNearLossless: imagecodecs.jpegls_decode,
}


def is_available(syntax: str) -> bool:
    """Whether this plugin decodes a transfer syntax."""
    return syntax in _DECODERS


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Decode one frame.

    Args:
        source: the codestream.
        runner: pydicom's description of the frame; told what the decoder made of it.

    Returns:
        The samples, row by row, colour by pixel, in the machine's byte order.
    """
    frame: np.ndarray = _DECODERS[runner.transfer_syntax](source)
    runner.set_option("planar_configuration", 0)
    runner.set_option("bits_allocated", frame.dtype.itemsize * 8)
    return np.ascontiguousarray(frame).tobytes()


def register() -> None:
    """Make pydicom use this plugin; doing it again changes nothing."""
    for syntax in _DECODERS:
        decoder = get_decoder(syntax)
        if "imagecodecs" not in decoder.available_plugins:
            decoder.add_plugin("imagecodecs", (__name__, decode_frame.__name__))
