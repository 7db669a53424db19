namespace SpectralEarth.Tiling;

/// <summary>The bands of a scene that a channel is made of.</summary>
/// <param name="Low">1-based number of the band below, or of the only one.</param>
/// <param name="High">1-based number of the band above; the same as <paramref name="Low"/> where one band suffices.</param>
/// <param name="Weight">Weight of <paramref name="High"/>, 0 to 1.</param>
/// <param name="DistanceNm">From the wanted wavelength to the nearer of the two, nm.</param>
internal readonly record struct ChannelSource(int Low, int High, double Weight, double DistanceNm)
{
    /// <summary>True if the channel is a band as it is.</summary>
    public bool IsBand => Low == High;
}
