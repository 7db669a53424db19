using SpectralEarth.Scenes;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tiling;

/// <summary>How the bands of one scene become the channels of the data set.</summary>
internal sealed class BandMapping
{
    private const int SamplesAtOnce = 8 << 20;

    private readonly IReadOnlyList<int> numbers;
    private readonly ChannelSource[] channels;
    private readonly int[] bands;
    private readonly (int Low, int High)[] positions;
    private readonly BandTable sceneBands;

    /// <param name="numbers">Numbers that the data set has for its channels, C.</param>
    /// <param name="channels">Bands of the scene for each of them.</param>
    /// <param name="sceneBands">Bands of the scene.</param>
    public BandMapping(IReadOnlyList<int> numbers, IEnumerable<ChannelSource> channels, BandTable sceneBands)
    {
        (this.numbers, this.channels, this.sceneBands) = (numbers, [.. channels], sceneBands);
        bands = [.. this.channels.SelectMany(channel => new[] { channel.Low, channel.High }).Distinct()];
        positions = [.. this.channels.Select(channel => (Array.IndexOf(bands, channel.Low), Array.IndexOf(bands, channel.High)))];
    }

    /// <summary>Number of channels C.</summary>
    public int Channels => channels.Length;

    /// <summary>Numbers of the scene's bands that are read.</summary>
    public IReadOnlyList<int> Bands => bands;

    /// <summary>Centre wavelengths of what the channels hold, nm.</summary>
    public IReadOnlyList<double> WavelengthsNm
    {
        get
        {
            var wavelengths = sceneBands.ToDictionary(band => band.Number, band => band.WavelengthNm);
            return [.. channels.Select(channel => channel.IsBand
                ? wavelengths[channel.Low]
                : wavelengths[channel.Low] + (channel.Weight * (wavelengths[channel.High] - wavelengths[channel.Low])))];
        }
    }

    /// <summary>Largest distance from a channel's wavelength in the sensor's descriptor to the nearest band that it is made of, nm.</summary>
    public double LargestDistanceNm => channels.Max(channel => channel.DistanceNm);

    /// <summary>Numbers of the channels that have no data in the whole scene.</summary>
    public IReadOnlyList<int> EmptyChannels(Scene scene)
    {
        var empty = scene.EmptyBandsAmong(bands);
        return [.. numbers.Where((_, channel) => empty.Contains(channels[channel].Low) || empty.Contains(channels[channel].High))];
    }

    /// <summary>Reads the channels of a window, [C, H, W]; a channel is no-data where one of its bands is.</summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    public void ReadPixels(Scene scene, RasterWindow window, Span<short> pixels)
    {
        if (channels.All(channel => channel.IsBand) && bands.Length == channels.Length)
        {
            scene.ReadPixels(window, bands, pixels);
            return;
        }

        var parts = window.Parts(bands.Length, SamplesAtOnce);
        var samples = new short[bands.Length * parts[0].Count];
        foreach (var part in parts)
        {
            var count = (int)part.Count;
            scene.ReadPixels(part, bands, samples);
            for (var channel = 0; channel < channels.Length; channel++)
            {
                var (low, high) = positions[channel];
                var target = pixels.Slice(((channel * window.Height) + part.Row - window.Row) * window.Width, count);
                Combine(samples.AsSpan(low * count, count), samples.AsSpan(high * count, count), channels[channel].Weight, target);
            }
        }
    }

    /// <summary>Reads which pixels are usable, [H, W], for channels that <see cref="ReadPixels"/> has read from the same window.</summary>
    /// <exception cref="SceneException">The file is damaged.</exception>
    public void ReadValidity(Scene scene, RasterWindow window, ReadOnlySpan<short> pixels, Span<byte> validity)
    {
        // A channel counts as an empty band does if one of its bands is empty.
        var empty = scene.EmptyBandsAmong(bands);
        var decisive = channels.Select(channel => empty.Contains(channel.High) ? channel.High : channel.Low).ToArray();
        scene.ReadValidity(window, decisive, pixels, validity);
    }

    private static void Combine(ReadOnlySpan<short> low, ReadOnlySpan<short> high, double weight, Span<short> target)
    {
        if (weight == 0)
        {
            low.CopyTo(target);
            return;
        }

        for (var i = 0; i < target.Length; i++)
        {
            target[i] = low[i] == Scene.NoData || high[i] == Scene.NoData
                ? Scene.NoData
                : (short)Math.Round(low[i] + ((high[i] - low[i]) * weight));
        }
    }
}
