"""Distillation losses have the gradients of their definitions."""

import pytest
import torch

from supernet.tasks.distillation import DISTILLATIONS, alpha_distillation


def test_alpha_divergence_has_the_gradient_of_its_definition() -> None:
    """Where no weight is clipped: D = (sum q (p/q)^alpha - 1) / (alpha (alpha - 1)), and KL(p, q) at 1."""
    generator = torch.Generator().manual_seed(0)
    teacher = torch.randn(4, 5, generator=generator, dtype=torch.float64) * 0.3
    logits = torch.randn(4, 5, generator=generator, dtype=torch.float64).mul(0.3).requires_grad_()
    p, q = teacher.softmax(1), logits.softmax(1)
    low = ((q * (p / q) ** -1).sum(1) - 1) / 2
    high = (p * (p / q).log()).sum(1)
    torch.maximum(low, high).mean().backward()
    expected = logits.grad
    logits.grad = None
    alpha_distillation(logits, teacher).backward()
    assert expected is not None
    assert logits.grad is not None
    assert torch.allclose(logits.grad, expected, atol=1e-7)


@pytest.mark.parametrize("name", DISTILLATIONS)
def test_a_distillation_is_stationary_where_student_and_teacher_agree_and_nowhere_near(name: str) -> None:
    teacher = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
    gradients = []
    for student in (teacher.clone(), teacher.flip(1)):
        student.requires_grad_()
        DISTILLATIONS[name](student, teacher).backward()
        assert student.grad is not None
        gradients.append(float(student.grad.abs().max()))
    assert gradients[0] < 1e-6
    assert gradients[1] > 1e-3


@pytest.mark.parametrize("name", DISTILLATIONS)
def test_a_distillation_is_a_mean_over_rows(name: str) -> None:
    """So a batch, its pixels or a part of them can be the rows."""
    generator = torch.Generator().manual_seed(2)
    student, teacher = (torch.randn(6, 4, generator=generator) for _ in range(2))
    whole = DISTILLATIONS[name](student, teacher)
    parts = [DISTILLATIONS[name](student[part], teacher[part]) for part in (slice(0, 3), slice(3, 6))]
    assert float(whole) == pytest.approx(float(sum(parts)) / 2, rel=1e-5)
