"""What users need to test their own routes: sample events in every form that SaaSus might send."""

from __future__ import annotations

from .event_variants import Variant, variants
from .samples import InvalidSample, sample_event

__all__ = ["InvalidSample", "Variant", "sample_event", "variants"]
