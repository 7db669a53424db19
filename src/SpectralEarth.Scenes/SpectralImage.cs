using System.Globalization;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>A spectral image as digital numbers: int16 as it is, float32 converted to reflectance x 10000. Thread-safe.</summary>
/// <param name="raster">The file.</param>
/// <param name="factor">Digital number of sample 1, for float32.</param>
/// <param name="numbers">Band numbers of the file's bands, in its order.</param>
/// <param name="noData">Value of samples without data in the file.</param>
internal sealed class SpectralImage(TiffRaster raster, double factor, IReadOnlyList<int> numbers, double noData) : IDisposable
{
    private const int SamplesAtOnce = 4 << 20;

    private readonly Dictionary<int, int> positions = numbers.Select((number, i) => (number, i)).ToDictionary(pair => pair.number, pair => pair.i + 1);

    /// <summary>The file.</summary>
    internal TiffRaster Raster => raster;

    /// <summary>Arrangement of the samples in the file.</summary>
    internal TiffLayout Layout => raster.Layout;

    /// <summary>Band numbers of the file's bands, in its order.</summary>
    internal IReadOnlyList<int> Numbers => numbers;

    /// <summary>Reads digital numbers of bands, [C, H, W]. Pixels without data or outside are <see cref="Scene.NoData"/>.</summary>
    /// <exception cref="SceneException">A block is damaged, or a value is no reflectance.</exception>
    internal void Read(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<short> destination)
    {
        var places = PositionsOf(bandNumbers);
        if (Layout.Kind == SampleKind.Int16)
        {
            raster.Read(window, places, destination, Scene.NoData);
            if (noData != Scene.NoData && noData == (short)noData)
                destination[..(int)(places.Length * window.Count)].Replace((short)noData, Scene.NoData);
            return;
        }

        var parts = window.Parts(bandNumbers.Count, SamplesAtOnce);
        var samples = new float[bandNumbers.Count * parts[0].Count];
        foreach (var part in parts)
        {
            raster.Read(part, places, samples, float.NaN);
            for (var channel = 0; channel < bandNumbers.Count; channel++)
            {
                var target = destination.Slice(((channel * window.Height) + part.Row - window.Row) * window.Width, (int)part.Count);
                Convert(samples.AsSpan(channel * (int)part.Count, (int)part.Count), target, part, bandNumbers[channel]);
            }
        }
    }

    /// <summary>Positions of bands in the file and in PIXELMASK, 1-based.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image has no band of a number.</exception>
    internal int[] PositionsOf(IEnumerable<int> bandNumbers) => [.. bandNumbers.Select(PositionOf)];

    /// <inheritdoc/>
    public void Dispose() => raster.Dispose();

    private int PositionOf(int number) => positions.TryGetValue(number, out var position)
        ? position
        : throw new ArgumentOutOfRangeException(nameof(number), number, $"{raster.Name} has {numbers.Count} bands, but none of this number.");

    private void Convert(ReadOnlySpan<float> samples, Span<short> numbers, RasterWindow window, int band)
    {
        var missing = (float)noData;
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = samples[i];
            if (float.IsNaN(sample) || sample == missing)
            {
                numbers[i] = Scene.NoData;
                continue;
            }

            var number = Math.Round(sample * factor);
            if (Math.Abs(number) > short.MaxValue)
            {
                throw new SceneException(string.Create(CultureInfo.InvariantCulture,
                    $"{raster.Name}: band {band} has the value {sample} at column {window.Column + (i % window.Width)}, row {window.Row + (i / window.Width)}; expected reflectance from {short.MinValue + 1} to {short.MaxValue} when x 10000. Cut such values off (high ones become {short.MaxValue}, which counts as reflectance: where they mean no data, give them the no-data value first): {ReflectanceScale.Conversion(factor)}.{ReflectanceScale.Filling(noData)}"));
            }

            numbers[i] = (short)number;
        }
    }
}
