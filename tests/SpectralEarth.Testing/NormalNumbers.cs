using SpectralEarth.Randomness;

namespace SpectralEarth.Testing;

/// <summary>Normal numbers for made-up data.</summary>
public static class NormalNumbers
{
    /// <summary>Normal number with mean 0 and standard deviation 1 (Box and Muller 1958).</summary>
    public static double NextNormal(this ref SeededRandom random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
