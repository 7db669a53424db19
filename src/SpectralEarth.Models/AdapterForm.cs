namespace SpectralEarth.Models;

/// <summary>How the spectrum of a pixel becomes features.</summary>
public enum AdapterForm
{
    /// <summary>The reference's convolutions over channel numbers; with most band counts the last channels do not reach the output.</summary>
    Reference,

    /// <summary>Learned functions of wavelength: every channel counts, and other sensors' bands fit the same weights.</summary>
    Full,
}
