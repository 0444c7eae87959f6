"""What is known of a machine's predictor: as issued, and from its back-test. Never mixed."""

from __future__ import annotations

from app.queries.model_card.back_test import Card, model_card
from app.queries.model_card.card import ModelCard, machine_card

__all__ = ["Card", "ModelCard", "machine_card", "model_card"]
