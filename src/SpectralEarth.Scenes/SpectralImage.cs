using System.Globalization;
using SpectralEarth.Scenes.Tiff;

namespace SpectralEarth.Scenes;

/// <summary>SPECTRAL_IMAGE as digital numbers: int16 as it is, float32 converted to reflectance x 10000. Thread-safe.</summary>
/// <param name="raster">The file.</param>
/// <param name="factor">Digital number of sample 1, for float32.</param>
internal sealed class SpectralImage(TiffRaster raster, double factor) : IDisposable
{
    private const int SamplesAtOnce = 4 << 20;

    /// <summary>The file.</summary>
    internal TiffRaster Raster => raster;

    /// <summary>Arrangement of the samples in the file.</summary>
    internal TiffLayout Layout => raster.Layout;

    /// <summary>Reads digital numbers of bands (1-based), [C, H, W]. Pixels without data or outside are <see cref="Scene.NoData"/>.</summary>
    /// <exception cref="SceneException">A block is damaged, or a value is no reflectance.</exception>
    internal void Read(RasterWindow window, IReadOnlyList<int> bandNumbers, Span<short> destination)
    {
        if (Layout.Kind == SampleKind.Int16)
        {
            raster.Read(window, bandNumbers, destination, Scene.NoData);
            return;
        }

        var rows = (int)Math.Clamp(SamplesAtOnce / Math.Max(1, (long)bandNumbers.Count * window.Width), 1, Math.Max(1, window.Height));
        var samples = new float[bandNumbers.Count * rows * window.Width];
        for (var row = 0; row < window.Height; row += rows)
        {
            var part = window with { Row = window.Row + row, Height = Math.Min(rows, window.Height - row) };
            raster.Read(part, bandNumbers, samples, float.NaN);
            for (var channel = 0; channel < bandNumbers.Count; channel++)
            {
                var target = destination.Slice(((channel * window.Height) + row) * window.Width, (int)part.Count);
                Convert(samples.AsSpan(channel * (int)part.Count, (int)part.Count), target, part, bandNumbers[channel]);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => raster.Dispose();

    private void Convert(ReadOnlySpan<float> samples, Span<short> numbers, RasterWindow window, int band)
    {
        var noData = (float)(raster.Georeference.NoData ?? Scene.NoData);
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = samples[i];
            if (float.IsNaN(sample) || sample == noData)
            {
                numbers[i] = Scene.NoData;
                continue;
            }

            var number = Math.Round(sample * factor);
            if (Math.Abs(number) > short.MaxValue)
            {
                throw new SceneException(string.Create(CultureInfo.InvariantCulture,
                    $"{raster.Name}: band {band} has the value {sample} at column {window.Column + (i % window.Width)}, row {window.Row + (i / window.Width)}; expected reflectance from {short.MinValue + 1} to {short.MaxValue} when x 10000. Cut such values off: {ReflectanceScale.Conversion(factor)}."));
            }

            numbers[i] = (short)number;
        }
    }
}
