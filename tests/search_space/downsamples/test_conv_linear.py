"""The convolution without activation: the same but for what passes one."""

from dataclasses import replace

from search_space.downsamples import ConvDownsample, LinearConvDownsample


def test_only_the_activation_is_missing() -> None:
    shape = (3, 5, 7)
    gated = ConvDownsample().cost(shape, 8, "hswish")
    assert gated.smooth_elements == 8 * 12
    assert LinearConvDownsample().cost(shape, 8, "hswish") == replace(gated, smooth_elements=0)


def test_what_was_measured_of_the_convolution_holds_for_it() -> None:
    linear = LinearConvDownsample()
    assert linear.traits == ConvDownsample().traits == {"conv"}
    assert (linear.kind, linear.bank) == ("conv_linear_downsample", "conv_linear_downsample")
