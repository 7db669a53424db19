using System.Numerics;
using System.Runtime.InteropServices;
using SpectralEarth.Randomness;

namespace SpectralEarth.Scenes.Synthesis;

/// <summary>
/// Makes the pixels of one product: linear mixtures of end-members, relief, shadow, haze, cirrus and cloud over them, and
/// the sensor's noise. Rows are independent of each other, so they are made in parallel with the same result.
/// </summary>
internal sealed class SceneRenderer
{
    private readonly long seed;
    private readonly int scene;
    private readonly Acquisition acquisition;
    private readonly GroundPixels ground;
    private readonly int size;
    private readonly Season season;
    private readonly Sky sky;
    private readonly Swath swath;
    private readonly float[][] endMembers;
    private readonly float[] tilt, hazeSpectrum;
    private readonly float[] noiseDeviations;      // per band, digital numbers
    private readonly bool[] isEmpty;
    private readonly float sunX, sunY, slopeGain;

    internal SceneRenderer(long seed, int scene, Acquisition acquisition, GroundPixels ground, int size, bool hasMargin)
    {
        (this.seed, this.scene, this.acquisition, this.ground, this.size) = (seed, scene, acquisition, ground, size);
        Bands = EnMapBands.Of(acquisition.Arrangement);
        season = new Season(acquisition.Start.DayOfYear);
        sky = new Sky(seed, scene, acquisition);
        swath = new Swath(size, (float)((new SeededRandom(seed, "footprint", scene, acquisition.Index).NextDouble() - 0.5) * 0.01 * size), hasMargin);
        endMembers = EndMembers.At(Bands.WavelengthsNm);
        tilt = [.. Bands.WavelengthsNm.Select(nm => (float)((nm - 1400) / 1000))];
        hazeSpectrum = [.. Bands.WavelengthsNm.Select(nm => (float)(0.09 * Math.Exp((400 - nm) / 260)))];
        noiseDeviations = [.. Bands.WavelengthsNm.Select(SensorNoise)];
        isEmpty = [.. Enumerable.Range(1, Bands.Count).Select(number => Bands.Empty.Contains(number))];
        var azimuth = acquisition.SunAzimuth * Math.PI / 180;
        (sunX, sunY) = ((float)Math.Sin(azimuth), (float)-Math.Cos(azimuth));
        slopeGain = (float)(3.5 / Math.Tan(acquisition.SunElevation * Math.PI / 180));
        Quality = new QualityPlanes(size);
        Statistics = new BandSums(Bands.Count);
    }

    internal EnMapBands Bands { get; }

    internal Swath Swath => swath;

    /// <summary>Quality layers of the rows made so far.</summary>
    internal QualityPlanes Quality { get; }

    /// <summary>Sums over the imaged pixels of the rows made so far.</summary>
    internal BandSums Statistics { get; }

    /// <summary>Makes rows, [H, W, C].</summary>
    internal void FillRows(int firstRow, int rows, Span<short> destination)
    {
        var pixels = new short[rows * size * Bands.Count];
        Parallel.For(0, rows, row => FillRow(firstRow + row, pixels.AsSpan(row * size * Bands.Count, size * Bands.Count)));
        pixels.CopyTo(destination);
    }

    /// <summary>The defective sample of a row, if it has one: few do.</summary>
    internal (int Column, int Band)? DefectIn(int row)
    {
        var random = new SeededRandom(seed, "defects", scene, acquisition.Index, row);
        return random.NextInt(8) == 0 ? (random.NextInt(size), random.NextInt(Bands.Count)) : null;
    }

    private void FillRow(int row, Span<short> pixels)
    {
        var variation = new SeededRandom(seed, "ground variation", scene, row);
        var noise = new SeededRandom(seed, "sensor noise", scene, acquisition.Index, row);
        var sums = new BandSums(Bands.Count);
        var spectrum = new float[Bands.Count];
        for (var column = 0; column < size; column++)
        {
            var (brightness, slant) = (1 + (0.035f * Normal(ref variation)), 0.025f * Normal(ref variation));
            var pixel = pixels.Slice(column * Bands.Count, Bands.Count);
            var depth = swath.Depth(column, row);
            if (depth < 0)
            {
                pixel.Fill(Scene.NoData);
                Quality.SetBackground(column, row);
                continue;
            }

            var fractions = Mix(column, row, brightness, slant, spectrum);
            AddSky(column, row, spectrum, depth, fractions);
            Quantize(spectrum, ref noise, pixel);
            sums.Add(pixel);
        }

        if (DefectIn(row) is { } defect && swath.Depth(defect.Column, row) >= 0)
            Quality.SetInterpolated(defect.Column, row, Bands.Vnir.Contains(defect.Band + 1));
        Statistics.Merge(sums);
    }

    /// <summary>Reflectance of the ground; returns the shares of water and snow.</summary>
    private (float Water, float Snow) Mix(int column, int row, float brightness, float slant, float[] spectrum)
    {
        Span<Ground> points = stackalloc Ground[GroundPixels.Points];
        Span<float> fractions = stackalloc float[EndMembers.Count];
        fractions.Clear();
        ground.Read(column, row, points);
        var height = ground.HeightAt(column, row);
        foreach (ref readonly var point in points)
            season.Add(point, height, 1f / GroundPixels.Points, fractions);
        Array.Clear(spectrum);
        for (var material = 0; material < fractions.Length; material++)
        {
            if (fractions[material] > 0)
                AddScaled(endMembers[material], fractions[material], spectrum);
        }

        var slope = ((ground.HeightAt(column + 1, row) - height) * -sunX) + ((ground.HeightAt(column, row + 1) - height) * -sunY);
        var light = brightness * Math.Clamp(1 + (slopeGain * slope), 0.7f, 1.3f);
        for (var band = 0; band < spectrum.Length; band++)
            spectrum[band] *= light * (1 + (slant * tilt[band]));
        return (fractions[(int)Material.ClearWater] + fractions[(int)Material.TurbidWater], fractions[(int)Material.Snow]);
    }

    private void AddSky(int column, int row, float[] spectrum, float depth, (float Water, float Snow) shares)
    {
        var (cloud, shadow) = (sky.CloudAt(column, row), sky.ShadowAt(column, row));
        var (haze, cirrus) = (sky.HazeAt(column, row), sky.CirrusAt(column, row));
        var clouds = endMembers[(int)Material.Cloud];
        var kept = (1 - (0.6f * shadow)) * (1 - (0.2f * haze)) * (1 - cloud);
        for (var band = 0; band < spectrum.Length; band++)
            spectrum[band] = (spectrum[band] * kept) + (haze * hazeSpectrum[band]) + (0.035f * cirrus) + (cloud * clouds[band]);
        Quality.Set(column, row, depth, shares.Water, shares.Snow, cloud, shadow, haze, cirrus);
    }

    private void Quantize(float[] spectrum, ref SeededRandom noise, Span<short> pixel)
    {
        for (var band = 0; band < pixel.Length; band++)
        {
            var value = (10_000 * spectrum[band]) + (noiseDeviations[band] * Normal(ref noise));
            pixel[band] = isEmpty[band] ? Scene.NoData : (short)MathF.Round(Math.Clamp(value, -1000, 20_000));
        }
    }

    private static void AddScaled(float[] source, float weight, float[] destination)
    {
        var from = MemoryMarshal.Cast<float, Vector<float>>(source.AsSpan());
        var to = MemoryMarshal.Cast<float, Vector<float>>(destination.AsSpan());
        for (var i = 0; i < from.Length; i++)
            to[i] += from[i] * weight;
        for (var i = from.Length * Vector<float>.Count; i < source.Length; i++)
            destination[i] += source[i] * weight;
    }

    /// <summary>A nearly normal number of deviation 1 from one draw: the sum of four uniform ones (Irwin and Hall 1927).</summary>
    private static float Normal(ref SeededRandom random)
    {
        var bits = random.NextBits();
        var sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        return (sum - 131_070) * (1 / 37_837f);
    }

    /// <summary>Larger in the blue, beside the water-vapour gaps and at the long end, as in real products.</summary>
    private static float SensorNoise(double nm) => (float)(22 + (55 * Math.Exp((400 - nm) / 45)) + (35 * Peak(nm, 940, 25)) + (45 * Peak(nm, 1130, 25)) +
        (220 * Peak(nm, 1400, 55)) + (180 * Peak(nm, 1880, 85)) + Math.Max(0, 0.7 * (nm - 2330)));

    private static double Peak(double nm, double at, double width) => Math.Exp(-((nm - at) / width) * ((nm - at) / width));
}
