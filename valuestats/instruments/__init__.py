"""Instruments: answer scales and keys, declared in YAML."""

from valuestats.instruments.instrument import Dimension, Instrument
from valuestats.instruments.loading import available_instruments, load_instrument
from valuestats.instruments.scale import AnswerScale

__all__ = ["AnswerScale", "Dimension", "Instrument", "available_instruments", "load_instrument"]
