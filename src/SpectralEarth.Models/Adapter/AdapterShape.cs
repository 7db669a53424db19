namespace SpectralEarth.Models.Adapter;

/// <summary>Products of the three convolutions for one spectrum length.</summary>
/// <param name="First">C bands to L1 positions of 32.</param>
/// <param name="Second">To L2 positions of 64.</param>
/// <param name="Third">To L3 positions of 128.</param>
internal sealed record AdapterShape(SlidingProduct First, SlidingProduct Second, SlidingProduct Third)
{
    /// <summary>Positions of the first layer that one product makes: more arithmetic, but on matrices worth a product.</summary>
    private const int Together = 4;

    /// <param name="bands">Spectrum length C.</param>
    /// <param name="first">First convolution.</param>
    /// <param name="second">Second convolution.</param>
    /// <param name="third">Third convolution.</param>
    /// <param name="all">Whether the second layer makes positions that the third does not read: batch statistics count them.</param>
    internal static AdapterShape Of(int bands, SpectralConvolution first, SpectralConvolution second, SpectralConvolution third, bool all)
    {
        var (one, two) = (first.OutputLength(bands), second.OutputLength(first.OutputLength(bands)));
        var three = third.OutputLength(two);
        var usedTwo = all ? two : Math.Min(two, third.Reach(three));
        var usedOne = Math.Min(one, second.Reach(usedTwo));
        return new AdapterShape(
            Product(first, bands, usedOne, Together), Product(second, usedOne, usedTwo, 1), Product(third, usedTwo, three, 1));
    }

    private static SlidingProduct Product(SpectralConvolution layer, long length, long used, long together) =>
        new(layer.Inputs, layer.Outputs, layer.Taps, layer.Stride, length, used, together, padding: 1);
}
